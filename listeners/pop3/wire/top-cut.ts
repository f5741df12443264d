const lf = 0x0a;
const cr = 0x0d;

/** Cuts a message for TOP: its header, the blank line behind it, and the first lines of its body (RFC 1939 section 7). */
export class TopCut {
  #inHeader = true;
  /** Octets of the line that has begun, and the last of them. */
  #lineLength = 0;
  #last = 0;
  #linesLeft: number;

  /** @param lines of the body */
  constructor(lines: number) {
    this.#linesLeft = lines;
  }

  get done(): boolean {
    return !this.#inHeader && this.#linesLeft === 0;
  }

  /** @returns the part of the chunk that belongs to the answer; after it `done` may be true */
  write(chunk: Uint8Array): Uint8Array {
    let at = 0;
    while (at < chunk.length && !this.done) {
      const end = chunk.indexOf(lf, at);
      const stop = end < 0 ? chunk.length : end;
      this.#count(chunk, at, stop);
      at = stop;
      if (end < 0) break;
      this.#lineEnds();
      at += 1;
    }
    return at === chunk.length ? chunk : chunk.subarray(0, at);
  }

  #count(chunk: Uint8Array, from: number, to: number): void {
    if (to === from) return;
    this.#lineLength += to - from;
    this.#last = chunk[to - 1] ?? 0;
  }

  #lineEnds(): void {
    const blank = this.#lineLength === 0 || (this.#lineLength === 1 && this.#last === cr);
    if (!this.#inHeader) this.#linesLeft -= 1;
    else if (blank) this.#inHeader = false;
    this.#lineLength = 0;
  }
}
