import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { publishedKey } from '../../cli/dkim-record.ts';
import { dkimRecord, dkimRecordName, makeDkimKey } from '../../platform/node/dkim-keys.ts';
import { dnsOf } from '../delivery/outbound-edge.ts';
import { runCli, temporaryData } from './run-cli.ts';

describe('mailweir dkim', () => {
  it('makes keys, shows what to publish, lists and removes them', async (t) => {
    const data = await temporaryData(t);
    const run = (words: string) => runCli([...words.split(' '), '--data', data]);

    const added = await run('dkim add Example.ORG --selector one');
    assert.equal(added.code, 0);
    assert.match(added.out, /^name +one\._domainkey\.example\.org$/m);
    const [, key = ''] = /^value +v=DKIM1; k=rsa; p=(\S+)$/m.exec(added.out) ?? [];
    assert.equal(
      createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' }).asymmetricKeyDetails?.modulusLength,
      2048,
    );
    const [, strings = ''] = /^one\._domainkey\.example\.org\. IN TXT \( (.*) \)$/m.exec(added.out) ?? [];
    const parts = [...strings.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text);
    assert.ok(parts.every((part) => part.length <= 255));
    assert.equal(parts.join(''), `v=DKIM1; k=rsa; p=${key}`);

    assert.equal((await run('dkim add example.org --selector two --type ed25519')).code, 0);
    const [again, shown, list] = await Promise.all([
      run('dkim add example.org --selector one'),
      run('dkim show example.org --selector two --json'),
      run('dkim list --json'),
    ]);
    assert.deepEqual([again.code, /has a key one already/.test(again.err)], [3, true]);
    assert.match(JSON.parse(shown.out)[0].value, /^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/);
    assert.deepEqual(
      JSON.parse(list.out).map(({ selector, type }: { selector: string; type: string }) => [selector, type]),
      [
        ['two', 'ed25519'],
        ['one', 'rsa'],
      ],
    );

    const several = await run('dkim remove example.org');
    assert.deepEqual([several.code, /has several keys/.test(several.err)], [2, true]);
    assert.equal((await run('dkim remove example.org --selector two')).code, 0);
    assert.equal((await run('dkim remove example.org')).code, 0);
    const gone = await run('dkim show example.org');
    assert.deepEqual([gone.code, /example\.org has no key/.test(gone.err)], [3, true]);
  });

  it('keeps private keys for their owner alone, and shows none', async (t) => {
    const data = await temporaryData(t);
    const added = await runCli(['dkim', 'add', 'bücher.example', '--data', data]);
    const shown = await runCli(['dkim', 'show', 'xn--bcher-kva.example', '--data', data, '--json']);
    assert.doesNotMatch(added.out + shown.out, /PRIVATE/);
    const names = await readdir(join(data, 'secrets'));
    assert.equal(names.length, 1);
    assert.match(names[0] ?? '', /^dkim\.xn--bcher-kva\.example\.m\d{8}$/);
    assert.equal((await stat(join(data, 'secrets', names[0] ?? ''))).mode & 0o777, 0o600);
  });

  it('refuses what is no domain, selector or type of key', async () => {
    const wrong = await Promise.all(
      [
        ['dkim', 'add', '../x'],
        ['dkim', 'add', 'localhost'],
        ['dkim', 'add', 'example.org/x'],
        ['dkim', 'add', 'example.org', '--selector', 'a.b'],
        ['dkim', 'add', 'example.org', '--type', 'dsa'],
      ].map((words) => runCli([...words, '--data', '/nonexistent/never-made'])),
    );
    assert.ok(wrong.every(({ code, out }) => code === 2 && out === ''));
  });

  it('tells what the DNS has under the name of a key', async () => {
    const [key, other] = await Promise.all(['s1', 's1'].map((selector) => makeDkimKey('example.org', selector, 'ed25519', 1)));
    assert.ok(key && other);
    const state = async (records: readonly string[] | 'temporary') =>
      (await publishedKey(key, dnsOf({}, {}, { [dkimRecordName(key)]: records }))).state;
    assert.deepEqual(
      [await state([dkimRecord(key)]), await state([]), await state([dkimRecord(other)]), await state('temporary')],
      ['published', 'absent', 'different', 'unknown'],
    );
  });
});
