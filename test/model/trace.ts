/** What happened in a run, told when it is played again. */
export class Trace {
  readonly #lines: string[] | undefined;
  readonly #now: () => number;

  /** @param kept whether anybody will read it */
  constructor(kept: boolean, now: () => number) {
    this.#lines = kept ? [] : undefined;
    this.#now = now;
  }

  line(text: () => string): void {
    this.#lines?.push(`${(this.#now() / 1000).toFixed(3).padStart(9)} ${text()}`);
  }

  get lines(): readonly string[] {
    return this.#lines ?? [];
  }
}
