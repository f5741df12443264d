import { Burst } from './burst.ts';
import type { Spare, SpareView } from './spare.ts';

/** Under this limit a lingering slot is missed by whoever is refused meanwhile. */
const leastLimit = 8;
/** Of an unlimited key. */
const most = 16;
/** Slots that may not linger go back in one write when none was released or used for so long, ms: sessions that end together end in one write. */
const calm = 250;
/** They wait no longer than this for it, ms. */
const patience = 1_000;

/** A mail program opens a handful of sessions; beyond that it is a burst. */
const leastBurst = 8;

/** @returns how many released slots of an address or account may linger in one process */
export const lingerSize = (limit: number): number => (limit === 0 ? most : limit < leastLimit ? 0 : Math.floor(limit / 8));

/** @returns how many released slots of an account's commands may linger in one process: those who miss them wait, and ask for them */
export const commandLingerSize = (limit: number): number => (limit === 0 ? most : Math.max(1, Math.floor(limit / 4)));

/** How long released slots wait for the next session of their key. */
export interface LingerRules {
  /** ms. */
  readonly least: number;
  readonly most: number;
  /** How many may. @param limit of the key; 0 for a limit means that each is missed at once */
  size(limit: number): number;
  /**
   * Whoever misses a lingering slot is refused at once: so none lingers while the key is near its limit. Otherwise he waits and asks for it,
   * up to a heartbeat: an account with more programs at work than slots does so once, and from then on nothing lingers near its limit either.
   */
  readonly refuses: boolean;
}

/**
 * Released slots wait for the next session of the same key, so that a reconnect storm, or command after command, costs few writes.
 * When the first has waited longest enough, all that waited the least time go back with it in one write. In a burst of sessions a write takes
 * as many ahead as came before it.
 */
export class Linger implements Spare {
  readonly #rules: LingerRules;
  readonly #burst = new Burst();
  /** When each was released or taken ahead, oldest first. */
  #since: number[] = [];
  /** Since when there are more than may linger. */
  #tooManySince: number | undefined;
  #movedAt = Number.NEGATIVE_INFINITY;
  #wasMissed = false;

  constructor(rules: LingerRules) {
    this.#rules = rules;
  }

  keep(view: SpareView): number {
    this.#expire(view.now);
    const kept = this.#since.length;
    const may = this.#mayKeep(view);
    if (kept <= may) {
      this.#tooManySince = undefined;
      return kept;
    }
    this.#tooManySince ??= view.now;
    return this.#rules.size(view.limit) > 0 && view.now < this.#gatheredAt(this.#tooManySince) ? kept : may;
  }

  leave(view: SpareView): number {
    const left = Math.min(this.#since.length, this.#mayKeep(view));
    this.#since = this.#since.slice(this.#since.length - left);
    this.#tooManySince = undefined;
    return left;
  }

  extra(view: SpareView, asked: number): number {
    const before = this.#burst.size(view.now);
    if (before < leastBurst) return 0;
    const room = view.limit === 0 ? most : view.limit - view.n - asked;
    return Math.max(0, Math.min(before, 2 * this.#rules.size(view.limit), room));
  }

  took(asked: number, extra: number, now: number): void {
    this.#burst.taken(asked + extra, now);
    for (let i = 0; i < asked + extra; i++) this.#since.push(now); // those asked for are used at once
  }

  freed(now: number): void {
    this.#movedAt = now;
    this.#since.push(now);
  }

  used(now: number): void {
    this.#movedAt = now;
    this.#since.shift();
  }

  due(): number | undefined {
    const [oldest] = this.#since;
    if (oldest === undefined) return undefined;
    const expires = oldest + this.#rules.most;
    return this.#tooManySince === undefined ? expires : Math.min(expires, this.#gatheredAt(this.#tooManySince));
  }

  letGo(): void {
    this.#wasMissed = true;
    this.#since = [];
  }

  #gatheredAt(since: number): number {
    return Math.min(this.#movedAt + calm, since + patience);
  }

  #mayKeep({ limit, n }: SpareView): number {
    const size = this.#rules.size(limit);
    const isNear = (this.#rules.refuses || this.#wasMissed) && limit !== 0 && n > limit - size;
    return isNear ? 0 : size;
  }

  #expire(now: number): void {
    const [oldest] = this.#since;
    if (oldest === undefined || now - oldest < this.#rules.most) return;
    this.#since = this.#since.filter((since) => now - since < this.#rules.least);
  }
}
