/** Reads octets of one body from where it is kept; ranges past its end are cut. */
export type LoadBody = (from: number, to: number) => AsyncIterable<Uint8Array>;

/** A body that is being read, from wherever it is asked for first; going on where it stands needs no other request. For one reader. */
export class OpenBody {
  readonly #load: LoadBody;
  /** Up to here it is opened. */
  readonly end: number;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** Where the next octet stands. */
  #at = 0;
  /** Of the last chunk, what was not asked for yet. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(load: LoadBody, end: number) {
    this.#load = load;
    this.end = end;
  }

  /** Octets of the range as they come, fewer at the body's end. */
  async *pieces(from: number, to: number): AsyncGenerator<Uint8Array> {
    if (this.#chunks === undefined || this.#at !== from) await this.#openAt(from);
    while (this.#at < to) {
      if (this.#rest.length === 0 && !(await this.#more())) return;
      const piece = this.#rest.subarray(0, to - this.#at);
      this.#rest = this.#rest.subarray(piece.length);
      this.#at += piece.length;
      yield piece;
    }
  }

  /** The octets of the range in memory of their own, fewer at the body's end. */
  async collect(from: number, to: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces(from, to)) pieces.push(piece);
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  async close(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = undefined;
    this.#rest = new Uint8Array(0);
    await chunks?.return?.()?.then(undefined, () => {}); // nobody reads it any more
  }

  async #openAt(from: number): Promise<void> {
    await this.close();
    this.#chunks = this.#load(from, this.end)[Symbol.asyncIterator]();
    this.#at = from;
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks?.next();
    if (next === undefined || next.done === true) return false;
    this.#rest = next.value;
    return true;
  }
}
