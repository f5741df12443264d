/**
 * Remembers for a moment that a key was full, because each refused write costs as much as one that applies and heats the key (rule 10).
 * Its owner forgets at any local release, repair or limit change. It only ever refuses; nobody is admitted from memory.
 */
export class FullMemory {
  readonly #span: number;
  #until = Number.NEGATIVE_INFINITY;

  /** @param span ms */
  constructor(span: number) {
    this.#span = span;
  }

  /** When the store is to be asked again. */
  get until(): number {
    return this.#until;
  }

  remember(now: number): void {
    this.#until = now + this.#span;
  }

  forget(): void {
    this.#until = Number.NEGATIVE_INFINITY;
  }

  remembered(now: number): boolean {
    return now < this.#until;
  }
}
