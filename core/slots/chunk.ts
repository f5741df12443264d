import { Burst } from './burst.ts';
import type { Spare, SpareView } from './spare.ts';

/** Kept by a process that has let nobody in for a while. */
const mostAtRest = 16;
/** Of an unlimited total. */
const most = 256;
/** All holders' spare slots together: percent of the limit that may be refused though nobody uses it. */
const percent = 5;
/** Under this limit a few spare slots would be felt as refusals, and a limit so low sees few sessions. */
const leastLimit = 100;
/** Above this part of the limit nothing is spare any more, percent. */
const roomy = 90;
/** Without a session that comes or goes for so long a process is at rest, ms. */
const restsAfter = 10_000;

/** @param limit 0 = unlimited. @returns spare slots one holder may keep of a total; 0 = no chunking */
export function chunkSize(limit: number, holders: number): number {
  if (limit === 0) return most;
  return limit < leastLimit ? 0 : Math.floor((limit * percent) / 100 / Math.max(1, holders));
}

/**
 * Spare slots of a total, so that most admissions are an integer compare in memory. A write takes a few ahead, and in a burst of sessions as
 * many as came before it; one that gives back leaves half, so that sessions that come and go in turn are far from the next write in both
 * directions. What a burst has left is kept for the next one, and goes back when nobody came for a while.
 */
export class Chunk implements Spare {
  readonly #burst = new Burst();
  #movedAt = Number.NEGATIVE_INFINITY;

  keep(view: SpareView): number {
    return isRoomy(view, 0) ? this.#size(view) : 0;
  }

  leave(view: SpareView): number {
    return isRoomy(view, 0) ? half(this.#size(view)) : 0;
  }

  extra(view: SpareView, asked: number): number {
    const size = chunkSize(view.limit, view.holders);
    const few = half(Math.min(size, mostAtRest));
    const many = Math.min(size, this.#burst.size(view.now));
    return [many, few].find((extra) => extra >= few && isRoomy(view, asked + extra)) ?? 0;
  }

  took(asked: number, extra: number, now: number): void {
    this.#burst.taken(asked + extra, now);
    this.#movedAt = now;
  }

  freed(now: number): void {
    this.#movedAt = now;
  }

  used(): void {}

  letGo(): void {} // a total's chunks are small, and go back by themselves when it fills up

  due(): undefined {}

  #size({ limit, holders, now }: SpareView): number {
    const size = chunkSize(limit, holders);
    return now - this.#movedAt < restsAfter ? size : Math.min(size, mostAtRest);
  }
}

const half = (size: number): number => Math.ceil(size / 2);

const isRoomy = ({ limit, n }: SpareView, more: number): boolean => limit === 0 || (n + more) * 100 <= limit * roomy;
