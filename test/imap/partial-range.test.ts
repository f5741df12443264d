import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { numberSet } from '../../core/values/number-set.ts';
import { itemsAt, numbersAt, type PartialRange } from '../../core/values/partial-range.ts';

const place = fc.integer({ min: 1, max: 12 });
const range: fc.Arbitrary<PartialRange> = fc
  .tuple(place, place, fc.constantFrom(1, -1))
  .map(([from, to, sign]) => ({ from: sign * from, to: sign * to }));
const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 10 }).map((some) => some.sort((a, b) => a - b));

describe('places of a list', () => {
  it('are counted from either end, whichever of both is named first', () =>
    fc.assert(
      fc.property(numbers, range, (list, { from, to }) => {
        const isNamed = (at: number) => at >= Math.min(from, to) && at <= Math.max(from, to);
        const named = list.filter((_, i) => isNamed(from > 0 ? i + 1 : i - list.length));
        assert.deepEqual(itemsAt(list, { from, to }), named);
        assert.deepEqual(numbersAt(numberSet(list), { from, to }), numberSet(named));
      }),
    ));
});
