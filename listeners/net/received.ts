import type { Line } from './connection.ts';

const lf = 0x0a;
const cr = 0x0d;
/** Octets kept of a line over its limit: enough to tell whose answer it is, a tag of IMAP. */
const startKept = 64;

/**
 * Octets that came and were not read yet, cut into lines. They are kept in one piece: what one connection may hold is small, and an
 * idle one holds nothing.
 */
export class Received {
  #held: Buffer | undefined;
  /** Octets of `#held` known to contain no LF. */
  #scanned = 0;
  /** Octets of a line over its limit that were thrown away so far; undefined when no such line is being read. */
  #thrownAway: number | undefined;
  /** How the line that is being thrown away began. */
  #start: Buffer | undefined;

  get size(): number {
    return this.#held?.length ?? 0;
  }

  /** Nothing has come of the next line. */
  get atBoundary(): boolean {
    return this.#held === undefined && this.#thrownAway === undefined;
  }

  get thrownAway(): number {
    return this.#thrownAway ?? 0;
  }

  add(chunk: Buffer): void {
    this.#held = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
  }

  clear(): void {
    this.#held = undefined;
    this.#scanned = 0;
    this.#thrownAway = undefined;
    this.#start = undefined;
  }

  /** @returns undefined when the line's end has not come yet. Of a line over `limit` hardly anything is kept while it comes in. */
  takeLine(limit: number): Line | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    const at = held.indexOf(lf, this.#scanned);
    if (at === -1) {
      this.#lineGoesOn(held, limit);
      return undefined;
    }
    this.#keepFrom(at + 1);
    const end = at > 0 && held[at - 1] === cr ? at - 1 : at;
    if (this.#thrownAway !== undefined || end > limit) {
      const start = this.#start ?? startOf(held);
      this.#thrownAway = undefined;
      this.#start = undefined;
      return { kind: 'too-long', start };
    }
    return { kind: 'line', bytes: held.subarray(0, end) };
  }

  /** @returns at most `most` octets, undefined when there are none */
  takeOctets(most: number): Buffer | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    this.#keepFrom(Math.min(most, held.length));
    return held.length <= most ? held : held.subarray(0, most);
  }

  /** @returns all there is */
  takeAll(): Buffer {
    const held = this.#held ?? Buffer.alloc(0);
    this.clear();
    return held;
  }

  #lineGoesOn(held: Buffer, limit: number): void {
    this.#scanned = held.length;
    // One more octet than the limit may be the CR of the line's end.
    const octets = held[held.length - 1] === cr ? held.length - 1 : held.length;
    if (this.#thrownAway === undefined && octets <= limit) return;
    this.#start ??= startOf(held);
    this.#thrownAway = (this.#thrownAway ?? 0) + held.length;
    this.#held = undefined;
    this.#scanned = 0;
  }

  #keepFrom(offset: number): void {
    const held = this.#held as Buffer;
    this.#held = offset < held.length ? held.subarray(offset) : undefined;
    this.#scanned = 0;
  }
}

const startOf = (line: Buffer): Buffer => Buffer.from(line.subarray(0, startKept));
