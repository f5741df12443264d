import { type NumberSet, placesInSet, sizeOfNumberSet } from './number-set.ts';

/** Some of a list by their places, from 1 on, or with both ends below 0 from the last one on (RFC 9394 section 3.1). As written: either end may come first. */
export interface PartialRange {
  readonly from: number;
  readonly to: number;
}

export const formatPartialRange = ({ from, to }: PartialRange): string => `${from}:${to}`;

/** @returns the items at these places, in their order; places that are not there are passed over */
export function itemsAt<T>(list: readonly T[], range: PartialRange): readonly T[] {
  const { first, last } = placesOf(range, list.length);
  return list.slice(first - 1, last);
}

/** @returns the numbers at these places of the set */
export function numbersAt(set: NumberSet, range: PartialRange): NumberSet {
  const { first, last } = placesOf(range, sizeOfNumberSet(set));
  return placesInSet(set, first, last);
}

/** Places from 1 on, of a list of this length; none when the last is before the first. */
function placesOf({ from, to }: PartialRange, length: number): { readonly first: number; readonly last: number } {
  const [near, far] = [Math.min(Math.abs(from), Math.abs(to)), Math.max(Math.abs(from), Math.abs(to))];
  if (from > 0) return { first: near, last: Math.min(far, length) };
  return { first: Math.max(1, length - far + 1), last: Math.max(0, length - near + 1) };
}
