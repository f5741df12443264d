import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lastMatch } from '../../core/mailbox/last-match.ts';
import { type NumberSet, numberSet } from '../../core/values/number-set.ts';

const view = (uids: readonly number[]) => ({ exists: uids.length, uidOf: (msn: number) => uids[msn - 1] ?? 0 });

const each = (set: NumberSet): readonly number[] =>
  set.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));

describe('the last message number that still has its UID', () => {
  const some = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 30 });

  it('is the one that looking at every pair finds', () =>
    fc.assert(
      fc.property(some, some, some, (there, numbers, known) => {
        const size = Math.min(numbers.length, known.length);
        const [msns, uids] = [numberSet(numbers.slice(0, size)), numberSet(known.slice(0, size))];
        const mailbox = view(there.toSorted((a, b) => a - b));
        const others = each(uids);
        const matching = each(msns).flatMap((msn, i) => (mailbox.uidOf(msn) === others[i] ? [others[i]] : []));
        assert.equal(lastMatch({ msns, uids }, mailbox), matching.at(-1) ?? 0);
      }),
      { numRuns: 1_000 },
    ));

  it('is found by looking at a few messages of each range, however long it is', () => {
    const exists = 100_000;
    let looks = 0;
    // UIDs skip one number in the midst: the first half matches.
    const uidOf = (msn: number): number => {
      looks++;
      return msn <= exists / 2 ? msn : msn + 1;
    };
    const all = [{ from: 1, to: 4_294_967_295 }];
    assert.equal(lastMatch({ msns: all, uids: all }, { exists, uidOf }), exists / 2);
    assert.ok(looks < 20, `${looks} looks`);
  });
});
