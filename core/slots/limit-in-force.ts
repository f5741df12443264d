/**
 * The limit of one key as this process knows it. Callers pass the limit with each take, because settings change while sessions run.
 * For totals the store keeps the one in force: whoever sees its own setting change announces it there, everybody else adopts what is there,
 * so that a process that learns of a change late neither admits by the old limit nor brings it back.
 */
export class LimitInForce {
  #passed: number | undefined;
  #value = 0;
  #isNews = false;
  #lowered = false;

  /** 0 = unlimited. */
  get value(): number {
    return this.#value;
  }

  /** The callers' limit changed and no write has carried it to the store yet. */
  get isNews(): boolean {
    return this.#isNews;
  }

  /** Spare slots were taken under a higher limit: they must go back before anybody is admitted. */
  get lowered(): boolean {
    return this.#lowered;
  }

  /** @returns whether it differs from what callers passed before */
  pass(limit: number): boolean {
    if (limit === this.#passed) return false;
    const isFirst = this.#passed === undefined;
    this.#passed = limit;
    this.#isNews = true;
    if (isFirst) this.#value = limit;
    else this.#become(limit);
    return true;
  }

  /** Takes over the limit in force from the store. */
  adopt(limit: number): void {
    this.#become(limit);
  }

  /** A write of this process carried the limit `sent` to the store. */
  announced(sent: number): void {
    if (sent === this.#value) this.#isNews = false;
  }

  /** Spare slots are back. */
  settled(sent: number): void {
    if (sent === this.#value) this.#lowered = false;
  }

  #become(limit: number): void {
    if (limit !== 0 && (this.#value === 0 || limit < this.#value)) this.#lowered = true;
    if (limit === 0) this.#lowered = false;
    this.#value = limit;
  }
}
