import type { Spare, SpareView } from './spare.ts';

/** Under this limit a lingering slot is missed by whoever is refused meanwhile. */
const leastLimit = 8;
/** Of an unlimited key. */
const most = 16;

/** @returns how many released slots of an address or account may linger in one process */
export const lingerSize = (limit: number): number => (limit === 0 ? most : limit < leastLimit ? 0 : Math.floor(limit / 8));

/** @returns how many released slots of an account's commands may linger in one process: those who miss them wait, and ask for them */
export const commandLingerSize = (limit: number): number => (limit === 0 ? most : Math.max(1, Math.floor(limit / 4)));

/** How long released slots wait for the next session of their key. */
export interface LingerRules {
  /** ms. */
  readonly least: number;
  readonly most: number;
  /** How many may. @param limit of the key */
  size(limit: number): number;
  /**
   * Whoever misses a lingering slot is refused at once: so none lingers while the key is near its limit. Otherwise he waits and asks for it,
   * up to a heartbeat: an account with more programs at work than slots does so once, and from then on nothing lingers near its limit either.
   */
  readonly refuses: boolean;
}

/**
 * Released slots wait for the next session of the same key, so that a reconnect storm, or command after command, costs no writes.
 * When the first has waited longest enough, all that waited the least time go back with it in one write.
 */
export class Linger implements Spare {
  readonly #rules: LingerRules;
  /** When each was released, oldest first. */
  #since: number[] = [];
  #wasMissed = false;

  constructor(rules: LingerRules) {
    this.#rules = rules;
  }

  keep(view: SpareView): number {
    const size = this.#rules.size(view.limit);
    if ((this.#rules.refuses || this.#wasMissed) && view.limit !== 0 && view.n > view.limit - size) return 0;
    this.#expire(view.now);
    return Math.min(this.#since.length, size);
  }

  leave(view: SpareView): number {
    const kept = this.keep(view);
    this.#since = this.#since.slice(this.#since.length - kept);
    return kept;
  }

  extra(): number {
    return 0;
  }

  freed(now: number): void {
    this.#since.push(now);
  }

  used(): void {
    this.#since.shift();
  }

  due(): number | undefined {
    const oldest = this.#since[0];
    return oldest === undefined ? undefined : oldest + this.#rules.most;
  }

  letGo(): void {
    this.#wasMissed = true;
    this.#since = [];
  }

  #expire(now: number): void {
    const oldest = this.#since[0];
    if (oldest === undefined || now - oldest < this.#rules.most) return;
    this.#since = this.#since.filter((since) => now - since < this.#rules.least);
  }
}
