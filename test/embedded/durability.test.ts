import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SpoolRowId } from '../../core/values/ids.ts';
import type { World } from '../../core/world.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { alice, inboxOf, read } from '../contract/worlds.ts';
import { assertCountedIn } from './recount.ts';

const script = fileURLToPath(new URL('./committing-process.ts', import.meta.url));
const rounds = 3;

/** Runs the writing process until it has said about `lines` lines, then kills it in the middle of its work. */
async function killedAfter(lines: number, args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  return said;
}

async function check(world: World, mailbox: Parameters<World['mailboxes']['sizes']>[0], said: readonly string[]): Promise<void> {
  const sizes = new Map((await world.mailboxes.sizes(mailbox)).map(({ uid, size }) => [String(uid), size]));
  for (const line of said) {
    const [what, id, size] = line.split(' ');
    if (what === 'appended') assert.equal(sizes.get(id ?? ''), Number(size), line);
    else {
      const row = await world.spool.get(id as SpoolRowId);
      assert.ok(row, line);
      assert.equal((await read(world, row.body)).length, Number(size), line);
    }
  }
}

it('what a process had resolved before it was killed is there afterwards, and what it had not is whole or not there', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const world = await openEmbeddedWorld({ dataDir });
  t.after(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const inbox = await inboxOf(world, alice);
  for (let round = 0; round < rounds; round += 1) {
    const said = await killedAfter(40 + Math.floor(Math.random() * 200), [dataDir, inbox.id]);
    assert.ok(said.length >= 40);
    await check(world, inbox.id, said);
    assertCountedIn(join(dataDir, 'mail.db'));
  }
  for await (const message of world.mailboxes.messages(inbox.id, [{ from: 1, to: 0xffff_ffff }])) {
    assert.equal((await read(world, message.body)).length, message.size);
  }
});

it('a process whose writer thread broke ends at once, before it clears anything away', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const broken = fileURLToPath(new URL('./broken-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [broken, dataDir], { stdio: 'inherit' });
  assert.deepEqual(await once(child, 'exit'), [7, null]);
});
