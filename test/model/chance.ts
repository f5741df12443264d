/** Seeded choices: the same seed makes the same run. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1);
  }

  /** mulberry32: small, seeded, good enough to choose. @returns a whole number from 0 */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  percent(part: number): boolean {
    return this.below(100) < part;
  }

  oneOf<T>(all: readonly [T, ...T[]]): T {
    return all[this.below(all.length)] ?? all[0];
  }

  /** As often short as long: each doubling is as likely as the next. */
  spread(least: number, most: number): number {
    return Math.round(least * (most / least) ** (this.below(10_001) / 10_000));
  }
}
