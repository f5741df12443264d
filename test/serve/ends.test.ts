import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { ToyClient } from '../net/toy.ts';

/** Process ids of those that serve, from their sockets. */
async function serving(server: Served): Promise<readonly number[]> {
  const names = await readdir(join(server.dataDir, 'run'));
  return names.map((name) => Number.parseInt(name, 10)).filter(isAlive);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isGreeted(port: number): Promise<boolean> {
  const client = await ToyClient.open(port).catch(() => undefined);
  const greeting = await client?.line();
  client?.socket.destroy();
  return greeting?.startsWith('* OK') === true;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await isSo()); ) {
    assert.ok(Date.now() < deadline, `never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('processes that end', () => {
  it('the workers drain and end when their supervisor is killed', async (t) => {
    const two = await serve({ processes: 2 });
    t.after(() => two.stop());
    const workers = await serving(two);
    assert.equal(workers.length, 2);
    const client = await ToyClient.open(two.ports['imap/port']);
    assert.match(await client.line(), /^\* OK /);
    two.signal('SIGKILL');
    await two.ended;
    await until('the client is told', async () => /^\* BYE \[UNAVAILABLE\]/.test(await client.line().catch(() => '')));
    await until('no worker is left', () => !workers.some(isAlive));
    await two.restart();
    assert.match(await (await ToyClient.open(two.ports['imap/port'])).line(), /^\* OK /);
  });

  it('the server lives on when all its workers are killed at once', async (t) => {
    const two = await serve({ processes: 2 });
    t.after(() => two.stop());
    const first = await serving(two);
    for (const pid of first) process.kill(pid, 'SIGKILL');
    await until('both are replaced', async () => (await serving(two)).filter((pid) => !first.includes(pid)).length === 2);
    await until('it serves', () => isGreeted(two.ports['imap/port']));
    two.signal('SIGTERM');
    assert.equal(await two.ended, 0);
  });

  for (const processes of [1, 2]) {
    it(`a second SIGTERM cuts what the first one would have drained, with ${processes} process${processes === 1 ? '' : 'es'}`, async (t) => {
      const server = await serve({ processes });
      t.after(() => server.stop());
      const clients = await Promise.all(Array.from({ length: 40 }, () => ToyClient.open(server.ports['imap/port'])));
      await Promise.all(clients.map((client) => client.line()));
      const started = performance.now();
      server.signal('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 700)); // nearer together they count as one
      server.signal('SIGTERM');
      assert.equal(await server.ended, 0);
      assert.ok(performance.now() - started < 6_000, 'a drain of 40 sessions takes nearly ten seconds');
    });
  }
});
