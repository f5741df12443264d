import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { migrate } from '../../platform/embedded/sqlite/migrate.ts';
import { mailSchema } from '../../platform/embedded/sqlite/migrations/001-mail.ts';
import { outboundSchema } from '../../platform/embedded/sqlite/migrations/002-outbound.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { alice, collected, letter, mailboxNamed, read } from '../contract/worlds.ts';

const body = letter('kept');
const facts = {
  size: body.length,
  envelope: { subject: 'kept', from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] },
  structure: {
    type: 'text',
    subtype: 'plain',
    params: [],
    encoding: '7bit',
    headerStart: 0,
    bodyStart: 43,
    bodyEnd: body.length,
    lines: 1,
  },
};

/** As the second version left it: an account with a mailbox and a message in it. */
function fill(database: DatabaseSync): void {
  migrate(database, [mailSchema, outboundSchema]);
  const insert = (sql: string, ...values: readonly (string | number | Uint8Array)[]): void => void database.prepare(sql).run(...values);
  insert("INSERT INTO accounts VALUES (?, 'example.org', 'no hash', 1, 1000)", alice);
  insert(
    "INSERT INTO mailboxes (account, name, uid_validity, uid_next, highest_modseq, messages, unseen, size) VALUES (?, 'INBOX', 7, 5, 9, 1, 1, ?)",
    alice,
    body.length,
  );
  insert("INSERT INTO bodies VALUES (1, '01JD0000000000000000000000', 1, 0, ?, ?)", body.length, JSON.stringify(facts));
  insert('INSERT INTO body_bytes VALUES (1, ?)', Buffer.from(body));
  insert("INSERT INTO messages VALUES (1, 4, 9, 0, '', 1000, 1, '', ?)", body.length);
}

describe('a database of an older version', () => {
  it('comes up with its mail, and with all that is new', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const database = new DatabaseSync(join(dataDir, 'mail.db'));
    fill(database);
    database.close();

    const world = await openEmbeddedWorld({ dataDir });
    t.after(() => world.close());
    const inbox = await mailboxNamed(world, alice, 'INBOX');
    const { messages, uidNext, highestModseq } = await world.mailboxes.status(inbox.id);
    assert.deepEqual([inbox.uidValidity, messages, uidNext, highestModseq], [7, 1, 5, 9n]);
    assert.match(inbox.objectId ?? '', /^[0-9a-f]{32}$/);
    const [message] = await collected(world.mailboxes.messages(inbox.id, [{ from: 1, to: 4 }]));
    assert.equal(message?.facts.envelope.subject, 'kept');
    // Nothing was noted of it that a search could go by: it may have any subject.
    assert.deepEqual(await world.mailboxes.envelopesWith?.(inbox.id, [{ from: 1, to: 9 }], ['PEAR']), [{ from: 4, to: 4 }]);
    assert.equal(message && (await read(world, message.body)), body);

    const set = { of: 'mailbox', mailbox: inbox } as const;
    assert.equal(await world.annotations.write([{ set, name: '/comment', value: 'new' }]), 'written');
    const copied = await world.mailboxes.copy(inbox.id, [{ from: 4, to: 4 }], inbox.id, true);
    assert.deepEqual(copied.to, [5]);
  });
});
