import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { sentDate } from '../../core/mailbox/sort/sent-date.ts';
import { sortInTurns } from '../../core/mailbox/sort/sort-in-turns.ts';
import { sortMessages } from '../../core/mailbox/sort/sort-messages.ts';
import { type SortKey, type SortProgram, sortKeys } from '../../core/values/sort-program.ts';
import { orderingOf, recordOf } from './given-messages.ts';

const word = fc.constantFrom('apple', 'Apple', 'plum', 'PLUM', '', 'zoo');
const address = fc.constantFrom('Zoe <bob@example.org>', 'anton@example.org', 'Bob@example.org', '');
const day = fc.integer({ min: 1, max: 4 });

interface Given {
  readonly subject: string;
  readonly isReply: boolean;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly sent: number | undefined;
  readonly arrived: number;
}

const given: fc.Arbitrary<Given> = fc.record({
  subject: word,
  isReply: fc.boolean(),
  from: address,
  to: address,
  cc: address,
  sent: fc.option(day, { nil: undefined }),
  arrived: day,
});

const program: fc.Arbitrary<SortProgram> = fc.array(fc.record({ key: fc.constantFrom(...sortKeys), reverse: fc.boolean() }), {
  minLength: 1,
  maxLength: 4,
});

const noon = (n: number): number => Date.UTC(2026, 0, n, 12);

const message = (one: Given, i: number): MessageRecord =>
  recordOf(
    i * 2 + 1,
    [
      `Subject: ${one.isReply ? 'Re: ' : ''}${one.subject}`,
      ...(one.from === '' ? [] : [`From: ${one.from}`]),
      ...(one.to === '' ? [] : [`To: ${one.to}`]),
      ...(one.cc === '' ? [] : [`Cc: ${one.cc}`]),
      ...(one.sent === undefined ? [] : [`Date: ${one.sent} Jan 2026 12:00:00 +0000`]),
    ],
    noon(one.arrived),
  );

/** What the RFCs say of each criterion, of messages as they were given. */
const localPart = (text: string): string => (text.includes('bob') ? 'bob' : (text.split('@')[0] ?? '')).toLowerCase();
const shown = (text: string): string => (text.includes('<') ? 'zoe' : text.toLowerCase());
const says: Readonly<Record<SortKey, (one: Given, size: number) => string | number>> = {
  ARRIVAL: ({ arrived }) => arrived,
  DATE: ({ sent, arrived }) => sent ?? arrived,
  SIZE: (_, size) => size,
  SUBJECT: ({ subject }) => subject.toLowerCase(),
  CC: ({ cc }) => localPart(cc),
  FROM: ({ from }) => localPart(from),
  TO: ({ to }) => localPart(to),
  DISPLAYFROM: ({ from }) => shown(from),
  DISPLAYTO: ({ to }) => shown(to),
};

/** Each place is given to the first of those left that no other has to stand before. */
function naively(all: readonly Given[], records: readonly MessageRecord[], by: SortProgram): readonly number[] {
  const isBefore = (a: number, b: number): boolean => {
    for (const { key, reverse } of by) {
      const [one, other] = [a, b].map((i) => says[key](all[i] as Given, records[i]?.size ?? 0)) as [string, string];
      if (one !== other) return one < other !== reverse;
    }
    return a < b;
  };
  const left = all.map((_, i) => i);
  const sorted: number[] = [];
  while (left.length > 0) {
    const next = left.find((a) => left.every((b) => a === b || isBefore(a, b))) as number;
    sorted.push(records[next]?.uid ?? 0);
    left.splice(left.indexOf(next), 1);
  }
  return sorted;
}

describe('messages in an order', () => {
  it('stand as each criterion has them, the next one where it leaves them equal', () =>
    fc.assert(
      fc.asyncProperty(fc.array(given, { maxLength: 12 }), program, async (all, by) => {
        const records = all.map(message);
        const uids = records.map(({ uid }) => uid);
        assert.deepEqual(await sortMessages(uids, by, orderingOf(records).ordering), naively(all, records, by));
      }),
    ));

  it('are only those that were asked for and are still there', async () => {
    const records = [recordOf(1, []), recordOf(3, []), recordOf(4, [])];
    assert.deepEqual(await sortMessages([1, 2, 4], [{ key: 'ARRIVAL', reverse: true }], orderingOf(records).ordering), [1, 4]);
  });

  it('are given up when nobody waits for them', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    await assert.rejects(sortMessages([1], [{ key: 'DATE', reverse: false }], orderingOf([recordOf(1, [])], gone).ordering), /gone/);
  });
});

describe('the date that a message was sent', () => {
  const arrived = Date.UTC(2026, 5, 1);
  const sent = (date: string): string => new Date(sentDate(recordOf(1, [`Date: ${date}`], arrived))).toISOString();
  it('is that of its Date field, in UTC', () => assert.equal(sent('31 Dec 2000 16:01:33 -0800'), '2001-01-01T00:01:33.000Z'));
  it('is in UTC when the zone is none', () => assert.equal(sent('31 Dec 2000 16:01:33 XYZ'), '2000-12-31T16:01:33.000Z'));
  it('is midnight when the time is none', () => {
    assert.equal(sent('31 Dec 2000 99:01:33 +0000'), '2000-12-31T00:00:00.000Z');
    assert.equal(sent('31 Dec 2000'), '2000-12-31T00:00:00.000Z');
  });
  it('is when it arrived when there is no such day, or none at all', () => {
    for (const date of ['31 Feb 2000 16:01:33 +0000', 'yesterday', '']) assert.equal(sent(date), '2026-06-01T00:00:00.000Z');
    assert.equal(sentDate(recordOf(1, [], arrived)), arrived);
  });
});

describe('sorting in turns', () => {
  for (const count of [0, 1, 8_192, 8_193, 40_000, 100_000])
    it(`puts ${count} places in order and lets others have their turn`, async () => {
      const keys = Array.from({ length: count }, (_, i) => Math.imul(i, 2_654_435_761) >>> 12);
      const compare = (a: number, b: number): number => (keys[a] as number) - (keys[b] as number) || a - b;
      let turns = 0;
      const places = Uint32Array.from(keys, (_, i) => i);
      const expected = places.toSorted(compare);
      const sorted = await sortInTurns(places, compare, async () => {
        turns += 1;
      });
      assert.deepEqual(sorted, expected);
      assert.ok(turns >= count / 8_192);
    });
});
