import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import { openTidyWorld } from '../../platform/aws/tidy-world.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { alice, inboxOf, letter, read, stage } from '../contract/worlds.ts';
import { makeMailPlace } from './mail-place.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

describe('an account that is removed on AWS', { skip: noEndpoint }, () => {
  it('takes its messages along: its mailboxes are gone at once, and the hourly chores remove what was in them', async (t) => {
    const { names, open, remove } = await makeMailPlace(endpoint ?? '');
    t.after(remove);
    const world = await open();
    const inbox = await inboxOf(world, alice);
    const body = await stage(world, letter('gone'));
    await world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1 }]);
    const records = [];
    for await (const record of world.mailboxes.messages(inbox.id, [{ from: 1, to: 1 }])) records.push(record);
    const kept = records[0]?.body ?? body.id;
    assert.equal(await read(world, kept), letter('gone'));
    assert.equal(await world.accounts.remove(alice), 'removed');
    await assert.rejects(world.mailboxes.status(inbox.id), MailboxGone);
    const tidying = openTidyWorld({ names, endpoint: endpoint ?? '' });
    assert.equal(await tidying.purge(systemClock.monotonic() + 60_000), true);
    await assert.rejects(read(world, kept), { name: 'BodyMissing' });
    const again = await inboxOf(world, alice);
    assert.equal((await world.mailboxes.status(again.id)).messages, 0);
  });
});
