import { Session } from 'node:inspector/promises';

/** Which characters of which functions have run, as V8 counts them: a 1 at each place, by the function's source and start. */
export type Covered = ReadonlyMap<string, Uint8Array>;

/** Looks at what runs in the source files that count. One at a time per process. */
export class Coverage {
  readonly #session = new Session();
  readonly #files: RegExp;
  readonly #seen = new Map<string, Uint8Array>();

  private constructor(files: RegExp) {
    this.#files = files;
  }

  /** @param files URLs of the sources that count */
  static async open(files: RegExp): Promise<Coverage> {
    const coverage = new Coverage(files);
    coverage.#session.connect();
    await coverage.#session.post('Profiler.enable');
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  /** @returns what has run since it was asked last */
  async ran(): Promise<Covered> {
    const covered = new Map<string, Uint8Array>();
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    for (const { url, functions } of result) {
      if (!this.#files.test(url)) continue;
      for (const { ranges } of functions) {
        const [whole] = ranges;
        if (whole === undefined || whole.count === 0) continue;
        const places = new Uint8Array(whole.endOffset - whole.startOffset);
        // Inner ranges come behind those they lie in.
        for (const { startOffset, endOffset, count } of ranges)
          places.fill(count > 0 ? 1 : 0, startOffset - whole.startOffset, endOffset - whole.startOffset);
        covered.set(`${url} ${whole.startOffset}`, places);
      }
    }
    return covered;
  }

  /** Does something in it run that was never kept? */
  isNew(covered: Covered): boolean {
    for (const [where, places] of covered) {
      const seen = this.#seen.get(where);
      if (places.some((one, i) => one > (seen?.[i] ?? 0))) return true;
    }
    return false;
  }

  keep(covered: Covered): void {
    for (const [where, places] of covered) {
      const seen = this.#seen.get(where) ?? new Uint8Array(places.length);
      this.#seen.set(
        where,
        places.map((one, i) => one | (seen[i] ?? 0)),
      );
    }
  }

  async close(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
