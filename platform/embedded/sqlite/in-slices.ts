import type { NumberRange, NumberSet } from '../../../core/values/number-set.ts';

/** Messages that one operation of the writer changes at most, and ranges that it is asked for: some tens of milliseconds. */
export const sliceSize = 2_000;

/**
 * Works through a set of UIDs slice by slice, so that the other writers of the machine get their turn between.
 * @param step works on a part of the set. @returns the UID to go on from, when it did not come to the part's end
 */
export async function inSlices(uids: NumberSet, step: (part: NumberSet) => Promise<number | undefined>): Promise<void> {
  let at = 0;
  let from = 0;
  do {
    const [first, ...others] = uids.slice(at, at + sliceSize);
    const next = await step(first === undefined ? [] : [clipped(first, from), ...others]);
    if (next === undefined) at += sliceSize;
    else while (at < uids.length && (uids[at] as NumberRange).to < next) at += 1;
    from = next ?? 0;
  } while (at < uids.length);
}

const clipped = ({ from, to }: NumberRange, least: number): NumberRange => ({ from: Math.max(from, least), to });

/** What one operation takes of a set: at most `sliceSize` rows, in the order of UIDs. */
export function sliceOf<Row extends { readonly uid: number }>(
  uids: NumberSet,
  rowsIn: (range: NumberRange, most: number) => readonly Row[],
): { readonly rows: readonly Row[]; readonly next?: number } {
  const rows: Row[] = [];
  for (const range of uids) {
    rows.push(...rowsIn(range, sliceSize - rows.length));
    const last = rows.at(-1);
    if (rows.length === sliceSize && last !== undefined) return { rows, next: last.uid + 1 };
  }
  return { rows };
}
