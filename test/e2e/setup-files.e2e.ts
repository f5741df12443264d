import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCli } from '../cli/run-cli.ts';
import { missing, succeeds } from './client.ts';

const script = new URL('./setup-files.py', import.meta.url).pathname;

describe('what mailweir dns makes', () => {
  let data = '';
  let out = '';
  let zone = '';
  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'mailweir-setup-'));
    out = join(data, 'public');
    await runCli(['settings', 'set', 'server/hostname', 'mail.example.org', '--data', data]);
    await runCli(['dkim', 'add', 'example.org', '--data', data]);
    zone = (await runCli(['dns', 'example.org', '--data', data, '--out', out, '--web', 'static.example.net'])).out;
  });

  after(() => rm(data, { recursive: true, force: true }));

  it('is read by plistlib and ElementTree of Python', { skip: missing('python3') }, async () => {
    await succeeds('python3', [script, out]);
  });

  it('is taken by BIND as a part of a zone', { skip: missing('named-checkzone') }, async () => {
    const head = [
      'example.org. 3600 IN SOA ns.example.net. root.example.net. 1 7200 900 1209600 300',
      'example.org. 3600 IN NS ns.example.net.',
    ];
    const file = join(out, 'example.org.zone');
    await writeFile(file, `${[...head, 'mail.example.org. 3600 IN A 192.0.2.1', zone].join('\n')}\n`);
    await succeeds('named-checkzone', ['example.org', file]);
  });
});
