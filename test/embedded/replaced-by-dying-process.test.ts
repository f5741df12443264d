import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MailboxId } from '../../core/values/ids.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { all, put } from '../contract/filled-mailbox.ts';
import { alice, collected, inboxOf, mailboxNamed, read } from '../contract/worlds.ts';

const script = fileURLToPath(new URL('./replacing-process.ts', import.meta.url));

it('a process that is killed while it replaces a message leaves the old one or the new one, and never neither or both', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const world = await openEmbeddedWorld({ dataDir });
  t.after(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const inbox = await inboxOf(world, alice);
  const sent = await mailboxNamed(world, alice, 'Sent');
  await put(world, inbox, 1);
  const messagesIn = (mailbox: MailboxId) => collected(world.mailboxes.messages(mailbox, all));
  for (let round = 0; round < 4; round += 1) {
    const here = (await messagesIn(inbox.id)).length > 0 ? inbox : sent;
    const [message] = await messagesIn(here.id);
    const there = here === inbox ? sent : inbox;
    const child = spawn(process.execPath, [script, dataDir, here.id, String(message?.uid), there.id], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = 5 + Math.floor(Math.random() * 40);
    let said = 0;
    for await (const _ of createInterface(child.stdout)) {
      said += 1;
      if (said === lines) child.kill('SIGKILL');
    }
    assert.ok(said >= lines);
    const left = [...(await messagesIn(inbox.id)), ...(await messagesIn(sent.id))];
    assert.equal(left.length, 1);
    assert.equal((await read(world, left[0]?.body ?? ('' as never))).length, left[0]?.size);
  }
});
