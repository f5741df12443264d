import type { MessageFacts } from '../values/message-facts.ts';
import { maxBoundary } from './boundaries.ts';
import { MimeTree } from './mime-tree.ts';

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const lineThenDash = Buffer.from('\n-');

/** Octets of a header block that are looked at; a longer one is passed over up to its blank line. */
const maxHeader = 1_048_576;
/** Octets of a line that may be a boundary; white space behind a boundary does not count, but has to end somewhere. */
const maxHeld = maxBoundary + 200;

/**
 * Finds a message's facts in one pass, in bounded memory and linear time, whatever the octets are: nothing is an error.
 * How broken messages are read stands in docs/quirks.md.
 */
export function messageFacts(): { write(chunk: Uint8Array): void; end(): MessageFacts } {
  const scan = new MessageScan();
  return { write: (chunk) => scan.write(chunk), end: () => scan.end() };
}

/**
 * Cuts the octets into what the tree has to know: header blocks, delimiter lines, line ends. A line is at its `start`; or it is `held`,
 * because its first octet says that it may end a header or a part; or in its `middle`, of no interest before it ends.
 */
class MessageScan {
  readonly #tree = new MimeTree();
  #line: 'start' | 'held' | 'middle' = 'start';
  #held: Buffer[] = [];
  #heldSize = 0;
  /** The open header block: pieces from earlier chunks, and where in this chunk it goes on. */
  #block: Buffer[] = [];
  #blockSize = 0;
  #blockFrom = 0;
  /** Offset of this chunk in the message. */
  #base = 0;
  #lastOctet = -1;

  write(chunk: Uint8Array): void {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#blockFrom = 0;
    let at = 0;
    while (at < octets.length) at = this.#step(octets, at);
    if (this.#tree.inHeader) this.#keepBlock(Buffer.from(this.#blockIn(octets, octets.length)));
    this.#base += octets.length;
    this.#lastOctet = octets.at(-1) ?? this.#lastOctet;
  }

  end(): MessageFacts {
    const nothing = Buffer.alloc(0);
    this.#blockFrom = 0;
    if (this.#line === 'held') this.#heldLine(nothing, 0, 0);
    return this.#tree.end(this.#base, this.#takeBlock(nothing, 0));
  }

  /** @returns where to go on */
  #step(chunk: Buffer, at: number): number {
    if (this.#line === 'start') this.#line = this.#tellsSomething(chunk, at) ? 'held' : 'middle';
    if (this.#line === 'held') return this.#hold(chunk, at);
    if (this.#tree.inHeader) return this.#headerLine(chunk, at);
    return this.#tree.counting > 0 ? this.#countedBody(chunk, at) : this.#body(chunk, at);
  }

  #tellsSomething(chunk: Buffer, at: number): boolean {
    const octet = chunk[at];
    if (octet === DASH) return this.#tree.boundaries.mayBegin(chunk, at);
    return this.#tree.inHeader && (octet === CR || octet === LF);
  }

  #hold(chunk: Buffer, at: number): number {
    const lf = chunk.indexOf(LF, at);
    if (lf === -1) {
      if (this.#heldSize < maxHeld) this.#held.push(Buffer.from(chunk.subarray(at, at + maxHeld)));
      this.#heldSize += chunk.length - at;
      return chunk.length;
    }
    this.#heldLine(chunk, at, lf + 1);
    this.#line = 'start';
    return lf + 1;
  }

  /** A held line is whole; its last piece is the chunk from `at` to `end`. */
  #heldLine(chunk: Buffer, at: number, end: number): void {
    const line = this.#takeHeld(chunk.subarray(at, Math.min(end, at + maxHeld)));
    const start = this.#base + at - this.#heldSize;
    const whole = this.#heldSize + end - at <= maxHeld;
    this.#heldSize = 0;
    const delimiter = whole ? this.#tree.boundaries.find(line) : undefined;
    if (delimiter !== undefined) {
      const block = this.#tree.inHeader ? this.#takeBlock(chunk, at) : '';
      this.#tree.delimiter(delimiter, start, this.#base + end, block);
      this.#blockFrom = end;
    }
    if (end > 0) this.#lineEnds(chunk, end);
    if (this.#tree.inHeader && (line === '\r\n' || line === '\n')) this.#headerEnds(chunk, end);
  }

  #headerLine(chunk: Buffer, at: number): number {
    const lf = chunk.indexOf(LF, at);
    if (lf === -1) return chunk.length;
    this.#lineEnds(chunk, lf + 1);
    this.#line = 'start';
    return lf + 1;
  }

  #headerEnds(chunk: Buffer, end: number): void {
    this.#tree.headerEnds(this.#takeBlock(chunk, end), this.#base + end);
    this.#blockFrom = end;
  }

  /** A body of which nothing is wanted but the boundary behind it. */
  #body(chunk: Buffer, at: number): number {
    const found = this.#tree.boundaries.none ? -1 : chunk.indexOf(lineThenDash, at);
    if (found === -1 && chunk.at(-1) !== LF) return chunk.length;
    const end = found === -1 ? chunk.length : found + 1;
    this.#lineEnds(chunk, end);
    this.#line = 'start';
    return end;
  }

  /** A body whose lines are counted too. One plain loop: calling indexOf for each line costs more than looking at its octets. */
  #countedBody(chunk: Buffer, at: number): number {
    const { length } = chunk;
    const watch = !this.#tree.boundaries.none;
    for (let i = at; i < length; i++) {
      if (chunk[i] !== LF) continue;
      this.#lineEnds(chunk, i + 1);
      if (i + 1 === length || (watch && chunk[i + 1] === DASH)) {
        this.#line = 'start';
        return i + 1;
      }
    }
    return length;
  }

  /** @param end behind an LF, maybe one that is the chunk's first octet */
  #lineEnds(chunk: Buffer, end: number): void {
    const before = end > 1 ? chunk[end - 2] : this.#lastOctet;
    this.#tree.lineEnds(this.#base + end, before === CR ? 2 : 1);
  }

  /** @returns the held line, cut when it is longer than maxHeld */
  #takeHeld(piece: Buffer): string {
    const line = this.#held.length === 0 ? piece : Buffer.concat([...this.#held, piece]);
    this.#held = [];
    return line.toString('latin1');
  }

  #blockIn(chunk: Buffer, to: number): Buffer {
    return chunk.subarray(this.#blockFrom, Math.min(to, this.#blockFrom + maxHeader - this.#blockSize));
  }

  #keepBlock(piece: Buffer): void {
    this.#block.push(piece);
    this.#blockSize += piece.length;
  }

  /** @returns the open header block up to `to`. The first octets of a line that ended it in an earlier chunk may be there too: no field */
  #takeBlock(chunk: Buffer, to: number): string {
    const last = this.#blockIn(chunk, to);
    const block = this.#block.length === 0 ? last : Buffer.concat([...this.#block, last]);
    this.#block = [];
    this.#blockSize = 0;
    return block.toString('latin1');
  }
}
