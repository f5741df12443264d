/** An inclusive range of message numbers or UIDs; `from <= to`. */
export type NumberRange = { readonly from: number; readonly to: number };

/** Sorted, disjoint, not adjacent: how sets of UIDs are kept and printed. */
export type NumberSet = readonly NumberRange[];

/** @param numbers in any order, with or without repeats */
export function numberSet(numbers: Iterable<number>): NumberSet {
  const ranges: { from: number; to: number }[] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && n <= last.to + 1) last.to = Math.max(last.to, n);
    else ranges.push({ from: n, to: n });
  }
  return ranges;
}

/** @param ranges in any order, overlapping or not */
export function mergeRanges(ranges: readonly NumberRange[]): NumberSet {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to + 1) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** How many numbers the set holds. */
export const sizeOfNumberSet = (set: NumberSet): number => set.reduce((sum, { from, to }) => sum + to - from + 1, 0);

/** @returns the numbers that are in both. Linear in the number of ranges, however many numbers they hold */
export function inBoth(a: NumberSet, b: NumberSet): NumberSet {
  const both: NumberRange[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [one, other] = [a[i] as NumberRange, b[j] as NumberRange];
    const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
    if (from <= to) both.push({ from, to });
    if (one.to < other.to) i++;
    else j++;
  }
  return both;
}

/** @returns the numbers of `set` that are not in `other`. Linear as `inBoth` is */
export function without(set: NumberSet, other: NumberSet): NumberSet {
  const left: NumberRange[] = [];
  let j = 0;
  for (const { from, to } of set) {
    let next = from;
    while ((other[j]?.to ?? Number.POSITIVE_INFINITY) < from) j++;
    for (let k = j; (other[k]?.from ?? Number.POSITIVE_INFINITY) <= to; k++) {
      const { from: first, to: last } = other[k] as NumberRange;
      if (next < first) left.push({ from: next, to: first - 1 });
      next = last + 1;
      j = k;
    }
    if (next <= to) left.push({ from: next, to });
  }
  return left;
}

/** @returns the set in pieces of at most `size` numbers, ascending */
export function* piecesOf(set: NumberSet, size: number): Generator<NumberSet> {
  let piece: NumberRange[] = [];
  let room = size;
  for (const range of set) {
    for (let from = range.from; from <= range.to; ) {
      const to = Math.min(range.to, from + room - 1);
      piece.push({ from, to });
      room -= to - from + 1;
      from = to + 1;
      if (room > 0) continue;
      yield piece;
      piece = [];
      room = size;
    }
  }
  if (piece.length > 0) yield piece;
}

/** @returns the numbers from the `first` place of the set to the `last`, counted from 1; places behind its end are passed over */
export function placesInSet(set: NumberSet, first: number, last: number): NumberSet {
  const some: NumberRange[] = [];
  let before = 0;
  for (const { from, to } of set) {
    const [low, high] = [Math.max(from, from + first - before - 1), Math.min(to, from + last - before - 1)];
    if (low <= high) some.push({ from: low, to: high });
    before += to - from + 1;
  }
  return some;
}

/** @returns the set as IMAP prints it, `1:4,7` (RFC 9051 section 9, sequence-set); the empty string for the empty set */
export const formatNumberSet = (set: NumberSet): string => set.map(({ from, to }) => (from === to ? `${from}` : `${from}:${to}`)).join(',');

/** @returns the numbers as a sequence set that keeps their order: ranges only where they rise one by one (RFC 5267 section 3.2) */
export function formatInOrder(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const n of numbers) {
    const last = ranges.at(-1);
    if (n - 1 === last?.to) last.to = n;
    else ranges.push({ from: n, to: n });
  }
  return formatNumberSet(ranges);
}

/** Binary search. */
export function inNumberSet(set: NumberSet, n: number): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = set[middle] as NumberRange;
    if (n < range.from) high = middle - 1;
    else if (n > range.to) low = middle + 1;
    else return true;
  }
  return false;
}
