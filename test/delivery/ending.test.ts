import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EndingPlan, endingOf, type Outcome, withoutReports } from '../../core/delivery/ending.ts';
import type { Attempt, SpoolRecipient, SpoolRow } from '../../core/delivery/spool.ts';
import type { Address } from '../../core/values/address.ts';
import { rowOf, sentAt } from './report-kit.ts';

const hour = 3_600_000; // ms
const plan: EndingPlan = { schedule: [60, 300], giveUpAfter: 24 * 3600, warnAfter: 4 * 3600, random: () => 0 };
const attempt: Attempt = { at: sentAt, host: 'mx.example.net', result: 'done', dialogue: ['> NOOP'] };

const outcome = (became: Outcome['became'], notify?: SpoolRecipient['notify'], name = 'x'): Outcome => ({
  recipient: { address: `${name}@example.net` as Address, ...(notify === undefined ? {} : { notify }) },
  became,
  answer: { reply: '250 ok', at: sentAt },
});

const ended = (outcomes: readonly Outcome[], after: number, row: Partial<SpoolRow> = {}) =>
  endingOf({ row: rowOf(undefined, row), outcomes, attempt }, sentAt + after, plan);

describe('the end of an attempt', () => {
  const all = ['success', 'failure', 'delay'] as const;
  /** became, NOTIFY, hours since acceptance → stays, reports */
  const table: readonly (readonly [Outcome['became'], SpoolRecipient['notify'], number, 'stays' | 'leaves', readonly string[]])[] = [
    ['delivered', undefined, 0, 'leaves', []],
    ['delivered', 'never', 0, 'leaves', []],
    ['delivered', ['failure'], 0, 'leaves', []],
    ['delivered', ['success'], 0, 'leaves', ['delivered: delivered']],
    ['relayed', undefined, 0, 'leaves', []],
    ['relayed', ['success'], 0, 'leaves', ['delivered: relayed']],
    ['failed', undefined, 0, 'leaves', ['failed: failed']],
    ['failed', 'never', 0, 'leaves', []],
    ['failed', ['success', 'delay'], 0, 'leaves', []],
    ['failed', ['failure'], 5, 'leaves', ['failed: failed']],
    ['later', undefined, 1, 'stays', []],
    ['later', undefined, 4, 'stays', ['delayed: delayed']],
    ['later', all, 5, 'stays', ['delayed: delayed']],
    ['later', ['failure'], 5, 'stays', []],
    ['later', 'never', 5, 'stays', []],
    ['later', undefined, 24, 'leaves', ['failed: failed']],
    ['later', 'never', 24, 'leaves', []],
    ['later', ['delay'], 24, 'leaves', []],
    ['later', all, 25, 'leaves', ['failed: failed']],
  ];
  for (const [became, notify, hours, stays, reports] of table) {
    it(`after ${hours} h for a recipient ${became}, NOTIFY ${notify ?? 'not said'}: ${stays}, reports [${reports}]`, () => {
      const ending = ended([outcome(became, notify)], hours * hour);
      assert.equal(ending.left.length, stays === 'stays' ? 1 : 0);
      assert.deepEqual(
        ending.reports.flatMap(({ kind, recipients }) => recipients.map(({ action }) => `${kind}: ${action}`)),
        reports,
      );
    });
  }

  it('parts recipients: who has it and who was refused is never asked again, the others are tried later', () => {
    const mixed = [outcome('delivered', undefined, 'has'), outcome('failed', undefined, 'refused'), outcome('later', undefined, 'busy')];
    const { left, history, reports, nextAttemptAt, failed } = ended(mixed, 0);
    assert.deepEqual(
      left.map(({ address, last }) => [address, last?.reply]),
      [['busy@example.net', '250 ok']],
    );
    assert.deepEqual(
      history.settled.map(({ address, result }) => [address, result]),
      [
        ['has@example.net', 'delivered'],
        ['refused@example.net', 'failed'],
      ],
    );
    assert.deepEqual(
      reports.map(({ kind, recipients }) => [kind, recipients.map(({ recipient }) => recipient.address)]),
      [['failed', ['refused@example.net']]],
    );
    assert.deepEqual([nextAttemptAt, failed.length], [sentAt + 60_000, 1]);
  });

  it('tells of a delay once', () => {
    const first = ended([outcome('later')], 5 * hour);
    assert.equal(first.history.warnedAt, sentAt + 5 * hour);
    const second = ended([outcome('later')], 9 * hour, { history: first.history });
    assert.deepEqual([second.reports, second.history.warnedAt], [[], sentAt + 5 * hour]);
  });

  it('never tells of a delay when that is switched off', () => {
    const never = endingOf({ row: rowOf(), outcomes: [outcome('later')], attempt }, sentAt + 20 * hour, { ...plan, warnAfter: 0 });
    assert.deepEqual(never.reports, []);
  });

  it('of a report itself is never reported, but for the log to hear of its failure', () => {
    const kinds = (became: Outcome['became'], after: number) =>
      ended([outcome(became, ['success', 'failure', 'delay'])], after, { reversePath: '' }).reports.map(({ kind }) => kind);
    assert.deepEqual([kinds('delivered', 0), kinds('later', 5 * hour), kinds('failed', 0)], [[], [], ['failed']]);
  });

  it('keeps ten attempts, and the dialogue of the newest alone', () => {
    let row: Partial<SpoolRow> = {};
    for (let i = 0; i < 12; i++) {
      const { history } = endingOf(
        { row: rowOf(undefined, row), outcomes: [outcome('later')], attempt: { ...attempt, at: i } },
        sentAt,
        plan,
      );
      row = { history };
    }
    assert.deepEqual(
      row.history?.attempts.map(({ at, dialogue }) => [at, dialogue?.length]),
      [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((at) => [at, at === 11 ? 1 : undefined]),
    );
  });

  it('without a try waits until something can have changed, and is given up in time all the same', () => {
    const untried = (retryAt: number, after: number) =>
      endingOf({ row: rowOf(), outcomes: [outcome('later')], retryAt: sentAt + retryAt }, sentAt + after, plan);
    assert.deepEqual([untried(7 * hour, 0).nextAttemptAt, untried(7 * hour, 0).history.attempts], [sentAt + 7 * hour, []]);
    assert.equal(untried(99 * hour, 0).nextAttemptAt, sentAt + 24 * hour, 'one last try when its time is over');
    assert.equal(untried(0, hour).nextAttemptAt, sentAt + hour + 1000, 'a time that is over does not make anybody spin');
    assert.deepEqual(untried(99 * hour, 24 * hour).left, []);
  });

  it('without a report that can be made keeps whom it would have told of', () => {
    const row = rowOf();
    const outcomes = [outcome('delivered', undefined, 'has'), outcome('failed', undefined, 'refused'), outcome('later', undefined, 'busy')];
    const { left, history, reports, failed } = withoutReports(endingOf({ row, outcomes, attempt }, sentAt + 5 * hour, plan), row);
    assert.deepEqual(
      left.map(({ address }) => address),
      ['refused@example.net', 'busy@example.net'],
    );
    assert.deepEqual(
      history.settled.map(({ address }) => address),
      ['has@example.net'],
    );
    assert.deepEqual([history.warnedAt, reports, failed], [undefined, [], []]);
  });
});
