import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MailboxStore, MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import type { SearchRow } from '../../core/mailbox/search/evidence.ts';
import { searchMailbox } from '../../core/mailbox/search/search.ts';
import { settleSets } from '../../core/mailbox/search/settle-sets.ts';
import { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import type { Flag } from '../../core/values/flags.ts';
import type { BodyId, MailboxId } from '../../core/values/ids.ts';
import { inNumberSet } from '../../core/values/number-set.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
import type { Modseq, Uid } from '../../core/values/uid.ts';

interface Given {
  readonly text: string;
  readonly flags?: readonly string[];
  readonly received?: string;
  readonly recent?: boolean;
}

const message = (head: readonly string[], body = 'nothing special'): string => [...head, '', body, ''].join('\r\n');

/** A mailbox whose reads are counted, so that a test can say what a search must not cost. */
function mailboxOf(given: readonly Given[]) {
  const reads = { records: 0, bodies: 0 };
  const octets = given.map(({ text }) => Buffer.from(text));
  const records = given.map(({ flags = [], received = '2026-11-20T12:00:00Z' }, i): MessageRecord => {
    const parser = messageFacts();
    parser.write(octets[i] as Buffer);
    const facts = parser.end();
    return {
      uid: ((i + 1) * 10) as Uid,
      flags: flags as readonly Flag[],
      modseq: BigInt(i + 1) as Modseq,
      internalDate: Date.parse(received),
      body: String(i) as BodyId,
      prefix: '',
      size: facts.size,
      facts,
    };
  });
  const rows = records.map(
    ({ uid, flags, modseq }, i): SearchRow => ({ uid, flags, modseq, msn: i + 1, recent: given[i]?.recent ?? false }),
  );
  const mailboxes: Pick<MailboxStore, 'messages'> = {
    async *messages(_id, uids) {
      for (const record of records) {
        if (!inNumberSet(uids, record.uid)) continue;
        reads.records += 1;
        yield record;
      }
    },
  };
  const bodies: Pick<MessageBodies, 'read'> = {
    async *read(id, from, to) {
      reads.bodies += 1;
      const body = (octets[Number(id)] as Buffer).subarray(from, to);
      for (let at = 0; at < body.length; at += 7) yield body.subarray(at, at + 7); // odd chunks, so that words are cut
    },
  };
  const view = new SelectedMailbox({
    uids: Uint32Array.from(rows, ({ uid }) => uid),
    uidNext: (rows.length * 10 + 1) as Uid,
    highestModseq: 1n as Modseq,
    recent: [],
  });
  const search = async (criteria: SearchKey): Promise<readonly number[]> =>
    (
      await searchMailbox({
        criteria: settleSets(criteria, view),
        rows,
        giveTurn: async () => {},
        mailbox: 'm' as MailboxId,
        mailboxes,
        bodies: bodies as MessageBodies,
      })
    ).map(({ msn }) => msn);
  return { search, reads };
}

describe('a search', () => {
  const letters = mailboxOf([
    {
      text: message([
        'From: Jürgen Köhler <jk@a.example>',
        'To: Alice <alice@b.example>',
        'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
        'Date: Fri, 20 Nov 2026 23:30:00 -0800',
        'Message-ID: <one@a.example>',
        'X-Tag: blue',
      ]),
      flags: ['\\Seen'],
      received: '2026-11-21T07:31:00Z',
    },
    {
      text: message(
        ['From: bob@c.example', 'Subject: plain', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64'],
        Buffer.from('Das Wörterbuch liegt bereit, '.repeat(20)).toString('base64'),
      ),
      recent: true,
    },
    { text: message(['From: carol@d.example', 'Subject: third'], 'the needle is in here'), flags: ['\\Flagged', 'todo'] },
  ]);

  it('decides flags and numbers from the view, without reading any message', async () => {
    const before = { ...letters.reads };
    assert.deepEqual(await letters.search({ key: 'FLAG', flag: 'TODO' as Flag }), [3]);
    assert.deepEqual(await letters.search({ key: 'UNFLAG', flag: '\\Seen' as Flag }), [2, 3]);
    assert.deepEqual(await letters.search({ key: 'NEW' }), [2]);
    assert.deepEqual(await letters.search({ key: 'SET', set: [{ from: '*', to: 2 }] }), [2, 3]);
    assert.deepEqual(await letters.search({ key: 'UID', set: [{ from: 15, to: '*' }] }), [2, 3]);
    assert.deepEqual(await letters.search({ key: 'MODSEQ', modseq: 2n as Modseq }), [2, 3]);
    assert.deepEqual(letters.reads, before);
  });

  it('finds names and subjects as people see them, whatever their encoding and case', async () => {
    assert.deepEqual(await letters.search({ key: 'SUBJECT', text: 'GRÜSSE'.replace('SS', 'ß') }), [1]);
    assert.deepEqual(await letters.search({ key: 'FROM', text: 'köhler <jk' }), [1]);
    assert.deepEqual(await letters.search({ key: 'HEADER', field: 'x-tag', text: 'BLUE' }), [1]);
    assert.deepEqual(await letters.search({ key: 'HEADER', field: 'Message-ID', text: '' }), [1]);
  });

  it('finds by an empty text what has the field at all', async () => {
    assert.deepEqual(await letters.search({ key: 'SUBJECT', text: '' }), [1, 2, 3]);
    assert.deepEqual(await letters.search({ key: 'FROM', text: '' }), [1, 2, 3]);
    assert.deepEqual(await letters.search({ key: 'TO', text: '' }), [1]);
    assert.deepEqual(await letters.search({ key: 'CC', text: '' }), []);
  });

  it('finds words of a header whether a line end, a tab or a space stands between them', async () => {
    const folded = mailboxOf([
      { text: message(['From: Ann\r\n\tOther <ann@a.example>', 'Subject: minutes\r\n\tof Tuesday', 'X-Tag: two\r\n words']) },
      { text: message(['From: Ann\tOther <ann@a.example>', 'Subject: minutes\tof Tuesday', 'X-Tag: two\twords'], 'minutes\tof Tuesday') },
    ]);
    for (const between of [' ', '\t']) {
      assert.deepEqual(await folded.search({ key: 'SUBJECT', text: `minutes${between}of` }), [1, 2]);
      assert.deepEqual(await folded.search({ key: 'FROM', text: `Ann${between}Other` }), [1, 2]);
      assert.deepEqual(await folded.search({ key: 'HEADER', field: 'Subject', text: `minutes${between}of` }), [1, 2]);
      assert.deepEqual(await folded.search({ key: 'HEADER', field: 'X-Tag', text: `two${between}words` }), [1, 2]);
      assert.deepEqual(await folded.search({ key: 'TEXT', text: `minutes${between}of` }), [1, 2]);
    }
    assert.deepEqual(await folded.search({ key: 'BODY', text: 'minutes of' }), []);
    assert.deepEqual(await folded.search({ key: 'BODY', text: 'minutes\tof' }), [2]);
  });

  it('looks into decoded bodies, and a word cut by a chunk is still found', async () => {
    assert.deepEqual(await letters.search({ key: 'BODY', text: 'wörterbuch' }), [2]);
    assert.deepEqual(await letters.search({ key: 'TEXT', text: 'NEEDLE' }), [3]);
    assert.deepEqual(await letters.search({ key: 'BODY', text: 'third' }), []);
    assert.deepEqual(await letters.search({ key: 'TEXT', text: 'third' }), [3]);
  });

  it('compares the day a Date field was written, and the UTC day a message came', async () => {
    assert.deepEqual(await letters.search({ key: 'SENTON', day: '2026-11-20' }), [1, 2, 3]);
    assert.deepEqual(await letters.search({ key: 'SINCE', day: '2026-11-21' }), [1]);
    assert.deepEqual(await letters.search({ key: 'BEFORE', day: '2026-11-21' }), [2, 3]);
  });

  it('reads bodies only where the cheaper keys leave the answer open', async () => {
    const before = letters.reads.bodies;
    const cheapFirst: SearchKey = {
      key: 'AND',
      of: [
        { key: 'BODY', text: 'needle' },
        { key: 'FLAG', flag: '\\Seen' as Flag },
        { key: 'FROM', text: 'nobody' },
      ],
    };
    assert.deepEqual(await letters.search(cheapFirst), []);
    assert.equal(letters.reads.bodies, before);
    assert.deepEqual(await letters.search({ key: 'OR', of: [{ key: 'ALL' }, { key: 'BODY', text: 'x' }] }), [1, 2, 3]);
    assert.equal(letters.reads.bodies, before);
    assert.deepEqual(await letters.search({ key: 'NOT', of: { key: 'BODY', text: 'needle' } }), [1, 2]);
  });

  it('through thousands of ranges takes no longer than through one, and lets others have their turn', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, i): SearchRow => ({ uid: (i + 1) as Uid, msn: i + 1, flags: [], modseq: 1n as Modseq, recent: false }),
    );
    const odd: SearchKey = { key: 'SET', set: Array.from({ length: 10_000 }, (_, i) => ({ from: 2 * i + 1, to: 2 * i + 1 })).reverse() };
    const view = new SelectedMailbox({
      uids: Uint32Array.from(rows, ({ uid }) => uid),
      uidNext: 20_001 as Uid,
      highestModseq: 1n as Modseq,
      recent: [],
    });
    const all: SearchKey = { key: 'AND', of: Array.from({ length: 100 }, () => ({ key: 'ALL' }) as const) };
    let turns = 0;
    const nothing: never = undefined as never; // neither records nor bodies are to be read
    const world = { mailbox: 'm' as MailboxId, mailboxes: nothing, bodies: nothing };
    const giveTurn = async (): Promise<void> => void turns++;
    const started = performance.now();
    const found = await searchMailbox({ criteria: settleSets({ key: 'AND', of: [odd, all] }, view), rows, ...world, giveTurn });
    assert.equal(found.length, 10_000);
    assert.ok(performance.now() - started < 5_000);
    assert.ok(turns >= 20, `${turns} turns`);
    const giveUp = async (): Promise<void> => stop.abort(new Error('enough'));
    const stop = new AbortController();
    await assert.rejects(searchMailbox({ criteria: all, rows, ...world, giveTurn: giveUp, signal: stop.signal }), /enough/);
  });
});
