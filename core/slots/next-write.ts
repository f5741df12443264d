import type { KeyCounts } from './key-counts.ts';
import type { LimitInForce } from './limit-in-force.ts';
import type { Spare, SpareView } from './spare.ts';

/** The next write of a key: the holder's whole count, so that repeating it changes nothing. */
export interface NextWrite {
  readonly count: number;
  readonly limit: number;
  readonly setLimit: boolean;
  /** What of it is for waiting sessions, and what was taken besides. */
  readonly taken?: { readonly asked: number; readonly extra: number };
}

export interface KeyView {
  readonly counts: KeyCounts;
  readonly limit: LimitInForce;
  readonly spare: Spare;
  readonly total: boolean;
  /** Waiting sessions that may be asked for now: none while "full" is remembered or the process is fenced. */
  readonly asking: number;
  readonly now: number;
  /** The key was not written for so long that the store might sweep it. */
  readonly stale: boolean;
}

/** @returns undefined when the store's count may stay as it is */
export function nextWrite(view: KeyView): NextWrite | undefined {
  const { counts, limit, spare, asking } = view;
  // Without an entry no limit is announced: after this holder's end a late copy of its first move could apply again, and bring that limit back.
  const setLimit = view.total && limit.isNews && counts.entry !== undefined;
  const to = (count: number): NextWrite => ({ count, limit: limit.value, setLimit });
  // First what a changed limit asks for: spare slots taken under a higher one go back, and a total's new limit comes into force even when full.
  if ((limit.lowered && counts.entry !== undefined) || (view.total && limit.isNews)) return to(Math.min(counts.count, counts.due));
  if (counts.owed > 0) return to(counts.count + within(counts.owed, view));
  if (counts.spare > 0 && isOver(view)) return to(counts.due);
  if (asking > 0) {
    const asked = within(asking, view);
    const extra = spare.extra(spareView(view), asked);
    return { ...to(counts.count + asked + extra), taken: { asked, extra } };
  }
  if (counts.spare > spare.keep(spareView(view))) return to(counts.due + spare.leave(spareView(view)));
  return view.stale && counts.count > 0 ? to(counts.count) : undefined;
}

/** More slots are taken than the limit allows: nobody is admitted, not even in place of a session that ended, until it has drained (rule 9). */
export const isOver = ({ counts, limit }: Pick<KeyView, 'counts' | 'limit'>): boolean => limit.value !== 0 && (counts.n ?? 0) > limit.value;

/** Asks for no more than was free when last seen, but always for one: only the store's answer counts. */
function within(asked: number, { counts, limit }: KeyView): number {
  if (limit.value === 0 || counts.n === undefined) return asked;
  return Math.min(asked, Math.max(1, limit.value - counts.n));
}

const spareView = ({ counts, limit, now }: KeyView): SpareView => ({
  now,
  limit: limit.value,
  n: counts.n ?? 0,
  holders: counts.holders,
});
