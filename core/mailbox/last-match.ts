import type { NumberSet } from '../values/number-set.ts';
import type { Uid } from '../values/uid.ts';

/** A sample of what a client knew: the n-th message number is that of the n-th UID. Both ascend. */
export interface KnownMatches {
  readonly msns: NumberSet;
  readonly uids: NumberSet;
}

interface Numbered {
  readonly exists: number;
  uidOf(msn: number): number;
}

/**
 * The highest UID that has the message number which the client says it had: what was expunged up to there it knows of, since every
 * expunge below would have moved the number (RFC 7162 section 3.2.5.2). Time goes with the ranges that were sent, not with the numbers in them.
 * @returns 0 when none matches
 */
export function lastMatch(matches: KnownMatches, view: Numbered): Uid {
  let highest = 0;
  for (const { msn, uid, length } of runs(matches)) {
    const matched = lastOfRun(msn, uid, Math.min(length, view.exists - msn + 1), view);
    if (matched > 0) highest = matched;
  }
  return highest as Uid;
}

interface Run {
  readonly msn: number;
  readonly uid: number;
  readonly length: number;
}

/** Stretches in which numbers and UIDs rise together, one by one. */
function* runs({ msns, uids }: KnownMatches): Generator<Run> {
  let at = 0;
  let used = 0;
  for (const { from, to } of msns) {
    for (let msn = from; msn <= to; ) {
      const range = uids[at];
      if (range === undefined) return;
      const uid = range.from + used;
      const length = Math.min(to - msn, range.to - uid) + 1;
      yield { msn, uid, length };
      msn += length;
      used = uid + length > range.to ? 0 : used + length;
      if (used === 0) at++;
    }
  }
}

/** The UID minus the number never falls from one message to the next, so that the last match of a run is found by halving. */
function lastOfRun(msn: number, uid: number, length: number, view: Numbered): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (view.uidOf(msn + middle) <= uid + middle) low = middle + 1;
    else high = middle;
  }
  return low > 0 && view.uidOf(msn + low - 1) === uid + low - 1 ? uid + low - 1 : 0;
}
