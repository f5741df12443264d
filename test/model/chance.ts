import { seededBelow } from '../harness/seeded.ts';

/** Seeded choices: the same seed makes the same run. */
export class Chance {
  readonly #next: (below: number) => number;

  constructor(seed: number) {
    this.#next = seededBelow(Math.imul(seed, 0x9e3779b1));
  }

  /** @returns a whole number from 0 */
  below(end: number): number {
    return this.#next(end);
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
