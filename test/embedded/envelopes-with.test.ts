import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { casemap } from '../../core/message/casemap.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { alice, inboxOf, stage } from '../contract/worlds.ts';

async function filled(t: TestContext, headers: readonly string[]) {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const world = await openEmbeddedWorld({ dataDir });
  t.after(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const inbox = await inboxOf(world, alice);
  const messages = [];
  for (const header of headers)
    messages.push({ body: await stage(world, `${header}\r\n\r\n.\r\n`), prefix: '', flags: [], internalDate: 0 } as const);
  await world.mailboxes.append(inbox.id, messages);
  return {
    /** UIDs of messages whose envelope may have one of the texts. */
    having: async (texts: readonly string[], uids: NumberSet = [{ from: 1, to: 1_000_000 }]) =>
      await world.mailboxes.envelopesWith?.(inbox.id, uids, texts.map(casemap)),
    world,
    inbox,
  };
}

describe('what envelopes tell of many messages at once', () => {
  it('is their subjects, addresses and Message IDs, decoded, in any case, and nothing else of the message', async (t) => {
    const { having } = await filled(t, [
      'Subject: Apples\r\nX-Note: pears',
      'Subject: =?utf-8?q?gr=C3=BCne_=C3=84pfel?=\r\nMessage-ID: <one@example.org>',
      'From: Bob Smith <bob@example.org>\r\nTo: carol@example.org\r\nCc: dave@example.org\r\nBcc: erin@example.org\r\nIn-Reply-To: <one@example.org>',
    ]);
    assert.deepEqual(await having(['APPLE']), [{ from: 1, to: 1 }]);
    assert.deepEqual(await having(['pears']), []);
    assert.deepEqual(await having(['\u00e4pfel']), [{ from: 2, to: 2 }]);
    assert.deepEqual(await having(['smith <bob@']), [{ from: 3, to: 3 }]);
    assert.deepEqual(await having(['one@example']), [{ from: 2, to: 3 }]);
    for (const name of ['carol', 'dave', 'erin']) assert.deepEqual(await having([name]), [{ from: 3, to: 3 }]);
    assert.deepEqual(await having(['apples', 'carol']), [
      { from: 1, to: 1 },
      { from: 3, to: 3 },
    ]);
  });

  it('is asked of those named, however many messages and ranges there are', async (t) => {
    const count = 9_000;
    const { having } = await filled(
      t,
      Array.from({ length: count }, (_, i) => `Subject: ${i % 1_000 === 499 ? 'plum' : 'pear'}`),
    );
    const plums = [500, 1_500, 2_500, 3_500, 4_500, 5_500, 6_500, 7_500, 8_500].map((uid) => ({ from: uid, to: uid }));
    assert.deepEqual(await having(['plum']), plums);
    assert.deepEqual(await having(['plum'], [{ from: 1_500, to: 4_499 }]), plums.slice(1, 4));
    const even = Array.from({ length: count / 2 }, (_, i) => ({ from: 2 * i + 2, to: 2 * i + 2 }));
    assert.deepEqual(await having(['plum'], even), plums);
    const odd = even.map(({ from, to }) => ({ from: from - 1, to: to - 1 }));
    assert.deepEqual(await having(['plum'], odd), []);
  });

  it('rules out no message of which it would be too much to keep', async (t) => {
    const { having } = await filled(t, [`Subject: ${'plum '.repeat(4_000)}`, 'Subject: pear']);
    assert.deepEqual(await having(['apple']), [{ from: 1, to: 1 }]);
  });
});
