/**
 * The limit of one key as this process knows it. Callers pass the limit with each take, because settings change while sessions run.
 * For totals the store keeps the one in force: whoever sees its own setting change announces it there, everybody else adopts what is there,
 * so that a process that learns of a change late neither admits by the old limit nor brings it back for long: whose callers still pass
 * another limit after every process must have learnt of the change announces theirs again.
 */
export class LimitInForce {
  #passed: number | undefined;
  #value = 0;
  #isNews = false;
  #lowered = false;
  /** Since when another limit than the callers' is in force, by the monotonic clock. */
  #overruledSince: number | undefined;
  readonly #patience: number;

  /** @param patience ms in which a change of a setting reaches every process */
  constructor(patience: number) {
    this.#patience = patience;
  }

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

  /** @returns whether it differs from what callers passed before, or has been overruled for too long */
  pass(limit: number, now: number): boolean {
    if (limit === this.#passed && !this.#isOverruled(now)) return false;
    const isFirst = this.#passed === undefined;
    this.#passed = limit;
    this.#isNews = true;
    this.#overruledSince = undefined;
    if (isFirst) this.#value = limit;
    else this.#become(limit);
    return true;
  }

  /** Takes over the limit in force from the store. */
  adopt(limit: number, now: number): void {
    if (limit === this.#passed) this.#overruledSince = undefined;
    else if (limit !== this.#value) this.#overruledSince = now;
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

  #isOverruled(now: number): boolean {
    return this.#overruledSince !== undefined && now - this.#overruledSince >= this.#patience;
  }

  #become(limit: number): void {
    if (limit !== 0 && (this.#value === 0 || limit < this.#value)) this.#lowered = true;
    if (limit === 0) this.#lowered = false;
    this.#value = limit;
  }
}
