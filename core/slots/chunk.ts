import type { Spare, SpareView } from './spare.ts';

const most = 16;
/** All holders' spare slots together: percent of the limit that may be refused though nobody uses it. */
const percent = 5;
/** Under this limit a few spare slots would be felt as refusals, and a limit so low sees few sessions. */
const leastLimit = 100;
/** Above this part of the limit nothing is spare any more, percent. */
const roomy = 90;

/** @param limit 0 = unlimited. @returns spare slots one holder may keep of a total; 0 = no chunking */
export function chunkSize(limit: number, holders: number): number {
  if (limit === 0) return most;
  return limit < leastLimit ? 0 : Math.min(most, Math.floor((limit * percent) / 100 / Math.max(1, holders)));
}

/**
 * Spare slots of a total, so that most admissions are an integer compare in memory. A write fills or empties the store of spare slots
 * to its half, so that sessions that come and go in turn are far from the next write in both directions.
 */
export const chunk: Spare = {
  keep: (view) => (isRoomy(view, 0) ? chunkSize(view.limit, view.holders) : 0),
  leave: (view) => (isRoomy(view, 0) ? half(view) : 0),
  extra: (view, asked) => (isRoomy(view, asked + half(view)) ? half(view) : 0),
  freed: () => {},
  used: () => {},
  letGo: () => {}, // a total's chunks are small, and go back by themselves when it fills up
  due: () => undefined,
};

const half = (view: SpareView): number => Math.ceil(chunkSize(view.limit, view.holders) / 2);

const isRoomy = ({ limit, n }: SpareView, more: number): boolean => limit === 0 || (n + more) * 100 <= limit * roomy;
