import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startProcess } from '../../listeners/main.ts';
import { serve } from '../harness/served.ts';
import { ToyClient } from '../net/toy.ts';
import { oneSession, shortLease } from './short-lease.ts';

const launcher = new URL('../../bin/mailweir.js', import.meta.url).pathname;
const run = (args: readonly string[]) =>
  promisify(execFile)(process.execPath, [launcher, ...args], { timeout: 20_000 }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

async function tempDir(t: { after(run: () => unknown): void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const greeted = async (port: number): Promise<string> => (await ToyClient.open(port)).line();

describe('mailweir serve', () => {
  it('prints the first password once, three commands, and one line with the ports that accept', async (t) => {
    const first = await serve({});
    t.after(() => first.stop());
    const text = first.printed.join('\n');
    assert.match(
      text,
      /^First start: made the account postmaster@localhost with the password \S{16}\nIt is shown only now; change it with: (npx )?mailweir account password postmaster@localhost --data '\S+'\n/,
    );
    assert.equal(text.match(/^ {2}.*curl /gm)?.length, 3);
    assert.match(
      first.printed.at(-1) ?? '',
      /^ready smtp \d+ · msa \d+ · msa tls \d+ · pop3 \d+ · pop3 tls \d+ · imap \d+ · imap tls \d+$/,
    );
    assert.match(await greeted(first.ports['imap/port']), /^\* OK /);

    const idle = await ToyClient.open(first.ports['imap/port']);
    await idle.line();
    first.signal('SIGTERM');
    assert.match(await idle.line(), /^\* BYE \[UNAVAILABLE\]/);
    assert.equal(await first.ended, 0);
    const printed = first.printed.length;
    await first.restart();
    assert.equal(first.printed.length, printed + 1, 'the second start prints only the ready line');
    first.signal('SIGINT');
    assert.equal(await first.ended, 0);
  });

  it('refuses settings by name before it makes anything', async (t) => {
    const dir = join(await tempDir(t), 'data');
    const refused = await run(['serve', '--data', dir, '--set', 'imap/sessions=many', '--set', 'imap/sesions=1']);
    assert.equal('code' in refused && refused.code, 3);
    assert.match(refused.stderr, /imap\/sessions .*1000000[\s\S]*imap\/sesions/);
    assert.equal(existsSync(dir), false);
  });

  for (const processes of [1, 2]) {
    it(`names the port that is in use, with ${processes} process${processes === 1 ? '' : 'es'}`, async (t) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      t.after(() => other.close());
      const { port } = other.address() as { port: number };
      const sets = ['smtp', 'msa', 'pop3'].flatMap((name) => ['--set', `${name}/enabled=off`]);
      const args = ['--data', await tempDir(t), '--processes', `${processes}`, ...sets, '--set', `imap/port=${port}`];
      const refused = await run(['serve', ...args]);
      assert.equal('code' in refused && refused.code, 1);
      assert.match(refused.stderr, new RegExp(`imap/port: port ${port} of 127.0.0.1 is in use`));
    });
  }

  it('holds a total across two processes, replaces a worker that is killed, and drains both', async (t) => {
    const two = await serve({ processes: 2, set: { 'imap/sessions': '4' } });
    t.after(() => two.stop());
    const port = two.ports['imap/port'];
    const clients = await Promise.all(Array.from({ length: 4 }, () => ToyClient.open(port)));
    for (const client of clients) assert.match(await client.line(), /^\* OK /);
    assert.equal(await greeted(port), '* BYE [UNAVAILABLE] Server too busy, try again later');

    const workers = JSON.parse(await two.mailweir(['sessions', '--json'])) as readonly { process: number }[];
    const pids = new Set(workers.map((session) => session.process));
    assert.equal(pids.size, 2, 'the connections were shared out');
    const [victim] = [...pids];
    process.kill(victim as number, 'SIGKILL');
    const left = workers.filter((session) => session.process !== victim).length;
    const lines = await Promise.all(clients.map((client) => Promise.race([client.line(), new Promise((r) => setTimeout(r, 300, 'open'))])));
    assert.equal(lines.filter((line) => line === 'open').length, left, 'the other worker goes on');

    await until(async () => {
      const sockets = await readdir(join(two.dataDir, 'run'));
      return sockets.filter((name) => name !== `${victim}.sock`).length === 2;
    });
    two.signal('SIGTERM');
    assert.equal(await two.ended, 0);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await isSo()); ) {
    assert.ok(Date.now() < deadline, 'the worker was not replaced in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a listener process that is killed', () => {
  it('frees its slots within a lease', async (t) => {
    const dataDir = await tempDir(t);
    const child = spawn(process.execPath, [new URL('./short-lease.ts', import.meta.url).pathname, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    const held = [await ToyClient.open(Number(port)), await ToyClient.open(Number(port))];
    for (const client of held) assert.match(await client.line(), /^\* OK /);

    const log = { event: () => {}, failure: () => {} };
    const options = { dataDir, log, overrides: oneSession, ports: 'random', slotTimings: shortLease } as const;
    const survivor = await startProcess(options);
    t.after(() => survivor.stop());
    const imap = survivor.ports.imap as number;
    assert.match(await greeted(imap), /^\* BYE \[UNAVAILABLE\]/, 'the total holds across processes');
    child.kill('SIGKILL');
    const deadline = Date.now() + 15_000;
    const kept: ToyClient[] = [];
    while (kept.length < 2 && Date.now() < deadline) {
      const client = await ToyClient.open(imap);
      if ((await client.line()).startsWith('* OK')) kept.push(client);
      else await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.equal(kept.length, 2, 'both slots came back');
    assert.match(await greeted(imap), /^\* BYE/, 'and no more than both');
  });
});
