import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { storeFlags } from '../../core/mailbox/stored-flags.ts';
import type { Flag } from '../../core/values/flags.ts';
import { mergeRanges } from '../../core/values/number-set.ts';
import { Connection } from '../../platform/embedded/sqlite/connection.ts';
import { blockSize } from '../../platform/embedded/sqlite/flag-block.ts';
import { commitGroup } from '../../platform/embedded/sqlite/group-commit.ts';
import { migrate } from '../../platform/embedded/sqlite/migrate.ts';
import { mailSchema } from '../../platform/embedded/sqlite/migrations/001-mail.ts';
import { outboundSchema } from '../../platform/embedded/sqlite/migrations/002-outbound.ts';
import { operations } from '../../platform/embedded/sqlite/operations.ts';
import { assertCounted } from './recount.ts';

const [inbox, archive] = [1, 2];
const account = 'alice@example.org';

function mailboxes(): { readonly database: DatabaseSync; readonly run: (...jobs: readonly Job[]) => void } {
  const database = new DatabaseSync(':memory:');
  migrate(database);
  const sql = new Connection(database);
  let bodies = 0;
  database.exec(`INSERT INTO mailboxes (account, name, uid_validity) VALUES ('${account}', 'INBOX', 1), ('${account}', 'Archive', 2)`);
  const run = (...jobs: readonly Job[]): void => {
    const asked = jobs.map(([name, args], id) => ({ id, name, args: typeof args === 'function' ? args(() => `${++bodies}`) : args }));
    const { outcomes } = commitGroup(sql, operations, asked, 'test');
    for (const outcome of outcomes) if ('error' in outcome) assert.equal(outcome.error.name, 'BodyMissing', outcome.error.stack);
  };
  return { database, run };
}

type Job = readonly [name: string, args: object | ((newId: () => string) => object)];

const flags = fc.subarray(['\\Seen', '\\Deleted', '\\Flagged', 'Work', 'late']) as fc.Arbitrary<Flag[]>;
const mailbox = fc.constantFrom(inbox, archive);
// Far enough for three blocks; often few, sometimes most of them.
const range = fc.tuple(fc.nat(300), fc.oneof(fc.nat(3), fc.nat(200))).map(([from, more]) => ({ from: from + 1, to: from + 1 + more }));
const uids = fc.array(range, { minLength: 1, maxLength: 3 }).map(mergeRanges);

const messageOf = (newId: () => string, size: number, some: readonly Flag[]) => ({
  ...storeFlags(some),
  body: { id: newId(), content: { size, facts: '{}', bytes: new Uint8Array(1) } },
  prefix: 'x: y\r\n',
  date: 1,
});
const job: fc.Arbitrary<Job> = fc.oneof(
  fc
    .record({ to: mailbox, count: fc.oneof(fc.nat(3), fc.nat(150)), flags })
    .map(
      ({ to, count, flags: some }): Job => [
        'append',
        (newId) => ({ mailbox: to, now: 1, messages: Array.from({ length: count }, (_, i) => messageOf(newId, i, some)) }),
      ],
    ),
  fc.record({ to: mailbox, flags }).map(
    ({ to, flags: some }): Job => [
      // The second message has a body that nobody has: what was done before it is undone.
      'append',
      (newId) => ({ mailbox: to, now: 1, messages: [messageOf(newId, 5, some), { ...messageOf(newId, 6, some), body: { id: 'gone' } }] }),
    ],
  ),
  fc.record({ mailbox, uids, change: fc.record({ how: fc.constantFrom('add', 'remove', 'replace'), flags }), unchangedSince: fc.option(fc.bigInt(1n, 30n), { nil: undefined }) }).map((args): Job => ['changeFlags', args]), // biome-ignore format: one thought
  fc.record({ mailbox, uids, whateverFlags: fc.boolean() }).map((args): Job => ['expunge', args]),
  fc
    .record({ way: fc.constantFrom('copy', 'move'), from: mailbox, to: mailbox, uids, keepMetadata: fc.boolean() })
    .map(({ way, ...args }): Job => [way, { ...args, now: 1 }]),
  fc
    .record({ from: mailbox, to: mailbox, uid: fc.integer({ min: 1, max: 300 }), flags })
    .map(({ flags: some, ...args }): Job => ['replace', (newId) => ({ ...args, now: 1, message: messageOf(newId, 7, some) })]),
  fc.record({ mailbox }).map((args): Job => ['claimRecent', args]),
  fc.constant<Job>(['renameMailbox', { account, from: 'INBOX', to: 'Old', now: 1 }]),
);

describe('blocks of flags and counts of mailboxes', () => {
  it('are what a recount finds, after whatever was done to the messages and whatever of it failed', () => {
    fc.assert(
      fc.property(fc.array(fc.array(job, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), (groups) => {
        const { database, run } = mailboxes();
        for (const jobs of groups) {
          run(...jobs);
          assertCounted(database);
        }
        database.close();
      }),
      { numRuns: 60 },
    );
  });

  it('of a deleted mailbox go with it', () => {
    const { database, run } = mailboxes();
    run(['append', (newId) => ({ mailbox: archive, now: 1, messages: Array.from({ length: 300 }, () => messageOf(newId, 1, [])) })]);
    run(['deleteMailbox', { account, name: 'Archive' }], ['purge', {}]);
    for (let i = 0; i < 4; i += 1) run(['purge', {}]);
    const left = ['doomed', 'messages', 'flag_blocks', 'bodies'].map(
      (table) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n,
    );
    assert.deepEqual(left, [0, 0, 0, 0]);
  });

  it('of a database that had a row for each message hold the same, mailbox by mailbox', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, [mailSchema, outboundSchema]);
    const insert = database.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?, 1, 1, '', 1)");
    const rows = [inbox, archive].flatMap((id) =>
      Array.from({ length: 400 }, (_, i) => [id, 1 + i * id * 3, 1 + ((i * 7) % 50), i % 32, i % 9 === 0 ? `Work w${i % 4}` : ''] as const),
    );
    for (const row of rows) insert.run(...row);
    for (const id of [inbox, archive]) {
      const of = `FROM messages WHERE mailbox = ${id}`;
      const counts = `count(*), max(uid) + 1, max(modseq), sum(flags & 1 = 0), sum(flags & 8 <> 0), count(*) ${of}`;
      const columns = 'messages, uid_next, highest_modseq, unseen, deleted, size';
      database.exec(
        `INSERT INTO mailboxes (account, name, uid_validity, recent_from, ${columns}) SELECT 'a', '${id}', 1, 99999, ${counts}`,
      );
    }
    migrate(database);
    assertCounted(database);
    const blocks = database.prepare('SELECT count(*) AS n FROM flag_blocks WHERE mailbox = ?');
    assert.equal(blocks.get(inbox)?.n, Math.ceil((400 * 3) / blockSize));
    database.close();
  });
});
