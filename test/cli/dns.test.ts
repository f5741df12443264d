import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parsePolicy, policyIdIn } from '../../core/delivery/mta-sts/policy.ts';
import { selfSigned } from '../../platform/node/certificates.ts';
import { asAnswered, readZone } from '../setup/zone.ts';
import { runCli, temporaryData } from './run-cli.ts';

/** A data directory whose edge has a name. */
async function edge(t: Parameters<typeof temporaryData>[0]) {
  const data = await temporaryData(t);
  const run = (...words: readonly string[]) => runCli([...words, '--data', data]);
  const done = async (...words: readonly string[]): Promise<string> => {
    const { code, out, err } = await run(...words);
    assert.equal(code, 0, err);
    return out;
  };
  await done('settings', 'set', 'server/hostname', 'Mail.Example.NET');
  return { data, out: join(data, 'public'), run, done };
}

const below = async (dir: string): Promise<readonly string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .toSorted();

describe('mailweir dns', () => {
  it('prints a zone file with the names, ports and keys in force', async (t) => {
    const { done } = await edge(t);
    await done('dkim', 'add', 'example.org', '--selector', 'm1');
    await done('settings', 'set', 'pop3/enabled', 'off');
    await done('settings', 'set', 'imap/tls-port', '9993');
    const zone = await done('dns', 'Example.ORG', '--web', 'static.example.com');
    const records = readZone(zone).map(asAnswered);
    const named = (name: string) => records.filter((record) => record.name === name).map(({ data }) => data);
    assert.deepEqual(named('example.org'), [
      { type: 'MX', preference: 10, exchange: 'mail.example.net' },
      { type: 'TXT', text: 'v=spf1 a:mail.example.net -all' },
    ]);
    assert.deepEqual(named('_imaps._tcp.example.org'), [{ type: 'SRV', priority: 0, weight: 1, port: 9993, target: 'mail.example.net' }]);
    assert.deepEqual(named('_pop3s._tcp.example.org'), [{ type: 'SRV', priority: 0, weight: 0, port: 0, target: '.' }]);
    assert.deepEqual(named('mta-sts.example.org'), [{ type: 'CNAME', target: 'static.example.com' }]);
    const [shown] = JSON.parse(await done('dkim', 'show', 'example.org', '--json'));
    assert.deepEqual(named('m1._domainkey.example.org'), [{ type: 'TXT', text: shown.value }]);
    assert.match(zone, /^; .*port 25, always: let it lead to port 2525/m);
  });

  it('gives the same as JSON, each record with its line of a zone file', async (t) => {
    const { done } = await edge(t);
    const [zone, json] = await Promise.all([done('dns', 'example.org'), done('dns', 'example.org', '--json')]);
    const { records, hostname, files } = JSON.parse(json);
    assert.equal(hostname, 'mail.example.net');
    assert.deepEqual(
      records.map((record: { zone: string }) => record.zone),
      zone.split('\n').filter((line) => line !== '' && !line.startsWith(';')),
    );
    assert.ok(files.length === 5 && files.every((file: { state?: string }) => file.state === undefined)); // nothing was written
  });

  it('announces a policy under an id that changes with it alone', async (t) => {
    const { done } = await edge(t);
    const policyOf = async (...words: readonly string[]) => {
      const { records, files } = JSON.parse(await done('dns', 'example.org', '--json', ...words));
      const announced = records.find(({ name }: { name: string }) => name === '_mta-sts.example.org');
      return {
        id: policyIdIn([announced.text]),
        policy: parsePolicy(files.find(({ path }: { path: string }) => path.endsWith('mta-sts.txt')).text),
      };
    };
    const [first, again, none] = await Promise.all([policyOf(), policyOf('--dmarc', 'reject'), policyOf('--mta-sts', 'none')]);
    assert.deepEqual(first, again);
    assert.deepEqual([first.policy?.mode, first.policy?.mx], ['testing', ['mail.example.net']]);
    assert.ok(first.id !== undefined && none.id !== undefined && first.id !== none.id);
    await done('settings', 'set', 'smtp/enabled', 'off');
    assert.equal((await policyOf('--mta-sts', 'none')).policy?.mode, 'none');
    assert.doesNotMatch(await done('dns', 'example.org'), /STSv1| IN MX /);
  });

  it('enforces no policy that the own certificate would fail', async (t) => {
    const { data, out, run, done } = await edge(t);
    const refused = await run('dns', 'example.org', '--mta-sts', 'enforce', '--out', out);
    assert.deepEqual([refused.code, refused.out], [3, '']);
    assert.match(refused.err, /no certificate but the one that listeners sign themselves.*would not deliver/);
    const file = join(data, 'other.pem');
    const pair = selfSigned('other.example.net', Date.now());
    await writeFile(file, pair.key + pair.certificate);
    await done('settings', 'set', 'tls/certificate', file, 'tls/key', file);
    const otherName = await run('dns', 'example.org', '--mta-sts', 'enforce', '--out', out);
    assert.match(otherName.err, /does not name mail\.example\.net: .*other\.example\.net/);
    await assert.rejects(lstat(out), { code: 'ENOENT' });
    assert.match(await done('dns', 'example.org'), /^; The certificate .*other\.pem does not name mail\.example\.net/m);
  });

  it('refuses what is no domain, name, word or address, and an edge without a name', async (t) => {
    const wrong = await Promise.all(
      [
        ['dns'],
        ['dns', '../x'],
        ['dns', '192.0.2.1'],
        ['dns', 'example.org', '--web', 'a b'],
        ['dns', 'example.org', '--include', 'v=spf1'],
        ['dns', 'example.org', ...Array.from({ length: 9 }, (_, i) => ['--include', `s${i}.example`]).flat()],
        ['dns', 'example.org', '--dmarc', 'maybe'],
        ['dns', 'example.org', '--mta-sts', 'maybe'],
        ['dns', 'example.org', '--reports', 'nobody'],
      ].map((words) => runCli([...words, '--data', '/nonexistent/never-made'])),
    );
    assert.deepEqual(
      wrong.map(({ code, out }) => [code, out]),
      wrong.map(() => [2, '']),
    );
    const { run, done } = await edge(t);
    await done('settings', 'set', 'server/hostname', 'localhost');
    const nameless = await run('dns', 'example.org');
    assert.deepEqual([nameless.code, /server\/hostname is localhost/.test(nameless.err)], [3, true]);
  });
});

describe('mailweir dns --out', () => {
  it('writes files that everybody may read, and the same ones again', async (t) => {
    const { out, done } = await edge(t);
    const umask = process.umask(0o077);
    t.after(() => void process.umask(umask));
    const first = await done('dns', 'example.org', '--out', out);
    assert.match(first, /^; mail\/config-v1\.1\.xml +new +text\/xml +https:\/\/autoconfig\.example\.org\//m);
    assert.match(first, /need.* certificate for each: autoconfig\.example\.org autodiscover\.example\.org mta-sts\.example\.org$/m);
    const files = await below(out);
    assert.deepEqual(files, [
      '.mailweir-dns.json',
      '.well-known/autoconfig/mail/config-v1.1.xml',
      '.well-known/mta-sts.txt',
      'autodiscover/autodiscover.xml',
      'mail/config-v1.1.xml',
      'mail/example.org.mobileconfig',
    ]);
    for (const file of files) assert.equal((await lstat(join(out, file))).mode & 0o777, 0o644, file);
    for (const dir of ['.', 'mail', '.well-known/autoconfig/mail']) assert.equal((await lstat(join(out, dir))).mode & 0o777, 0o755, dir);
    assert.deepEqual(readZone(first), readZone(await done('dns', 'example.org', '--out', out)));
    assert.match(await done('dns', 'example.org', '--out', out), /^; mail\/config-v1\.1\.xml +same/m);
  });

  it('follows a change, with a profile that takes the place of the old one, and takes away what is offered no more', async (t) => {
    const { out, done } = await edge(t);
    const profile = join(out, 'mail/example.org.mobileconfig');
    const ids = async () =>
      [...(await readFile(profile, 'utf8')).matchAll(/<string>([0-9A-F-]{36}|\S+mail-setup\S*)</g)].map(([, id]) => id);
    await done('dns', 'example.org', '--out', out);
    const before = await ids();
    await done('settings', 'set', 'server/hostname', 'new.example.net');
    assert.match(await done('dns', 'example.org', '--out', out), /^; mail\/example\.org\.mobileconfig +changed/m);
    assert.match(await readFile(profile, 'utf8'), /new\.example\.net/);
    assert.deepEqual([before.length, await ids()], [4, before]);
    await done('settings', 'set', 'msa/enabled', 'off');
    await writeFile(join(out, 'autodiscover/autodiscover.xml'), 'changed by hand');
    const fewer = await done('dns', 'example.org', '--out', out);
    assert.match(fewer, /^; mail\/example\.org\.mobileconfig +removed/m);
    assert.deepEqual(await below(out), ['.mailweir-dns.json', '.well-known/mta-sts.txt', 'autodiscover/autodiscover.xml']);
  });

  it('overwrites nothing that it did not write, and then writes nothing at all', async (t) => {
    const { data, out, run, done } = await edge(t);
    const place = join(out, 'mail/config-v1.1.xml');
    await mkdir(join(out, 'mail'), { recursive: true });
    await writeFile(place, 'by hand');
    const refused = await run('dns', 'example.org', '--out', out);
    assert.deepEqual([refused.code, refused.out], [3, '']);
    assert.match(refused.err, /config-v1\.1\.xml is not as mailweir dns wrote it/);
    assert.deepEqual(await below(out), ['mail/config-v1.1.xml']);
    assert.equal(await readFile(place, 'utf8'), 'by hand');

    const second = join(data, 'second');
    await done('dns', 'example.org', '--out', second);
    const another = await run('dns', 'other.example', '--out', second);
    assert.match(another.err, /holds the files of example\.org/);
  });

  it('follows no link out of the directory, and no kept list to other files', async (t) => {
    const { data, out, run, done } = await edge(t);
    const outside = join(data, 'outside');
    await mkdir(outside);
    await mkdir(out);
    await symlink(outside, join(out, 'mail'));
    const linked = await run('dns', 'example.org', '--out', out);
    assert.deepEqual([linked.code, /is no directory/.test(linked.err)], [3, true]);

    const second = join(data, 'second');
    await mkdir(join(second, 'autodiscover'), { recursive: true });
    await writeFile(join(outside, 'file'), '');
    await symlink(join(outside, 'file'), join(second, 'autodiscover/autodiscover.xml'));
    assert.match((await run('dns', 'example.org', '--out', second)).err, /is no plain file/);
    assert.deepEqual(await below(outside), ['file']);

    const third = join(data, 'third');
    await mkdir(third);
    const emptyDigest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    await writeFile(
      join(third, '.mailweir-dns.json'),
      JSON.stringify({ domain: 'example.org', files: { '../outside/file': emptyDigest } }),
    );
    await done('dns', 'example.org', '--out', third);
    assert.deepEqual(await below(outside), ['file']);

    await writeFile(join(third, '.mailweir-dns.json'), 'null');
    assert.match((await run('dns', 'example.org', '--out', third)).err, /mailweir-dns\.json is not as it was written/);
  });
});
