import { createInflateRaw, type InflateRaw } from 'node:zlib';

export interface InflationOwner {
  onInflated(chunk: Buffer): void;
  /** All that was added so far has been told. */
  onSettled(): void;
  /** What came is no deflate stream, or comes behind its end: nothing more can be read. */
  onInflateFault(): void;
}

/** How far back a stream may refer (RFC 1951 section 2), octets. */
const window = 32 * 1024;
/** Held by a stream for its output, octets. */
const chunkSize = 4096;
/** The empty block that a flush ends with: behind it a stream stands between two blocks, on the border of an octet. */
const flushMark = 0x0000_ffff;

/**
 * A client's compressed octets on their way to plain ones, no more of them at a time than the reader wants: `pause` holds the rest back, so that little
 * that is sent can't become much that is held. Between two commands there is no stream, only what the client may still refer to: as much as it has sent
 * lately, at most 32 KB.
 */
export class Inflation {
  readonly #owner: InflationOwner;
  #stream: InflateRaw | undefined;
  #history: Buffer[] = [];
  #historySize = 0;
  /** The last four octets. */
  #tail = 0;
  #pending = 0;
  #paused = false;
  #finished = false;

  constructor(owner: InflationOwner) {
    this.#owner = owner;
  }

  /** Octets that were not told yet: compressed ones, and plain ones that a pause holds back inside the stream. */
  get pending(): number {
    return this.#pending + (this.#stream?.readableLength ?? 0);
  }

  /** Octets that it holds at rest. */
  get held(): number {
    return this.#historySize;
  }

  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#finished) {
      this.#owner.onInflateFault();
      return;
    }
    this.#pending += chunk.length;
    for (const octet of chunk.subarray(-4)) this.#tail = ((this.#tail << 8) | octet) >>> 0;
    const stream = this.#open();
    stream.write(chunk, (error) => {
      if (error != null || this.#stream !== stream) return; // told as a fault
      this.#pending -= chunk.length;
      if (this.pending === 0) this.#owner.onSettled();
    });
  }

  pause(): void {
    this.#paused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream?.resume();
  }

  /** The session waits for its next command and nothing of one has come: what can be made anew is let go. */
  rest(): void {
    if (this.#stream === undefined || this.pending > 0 || this.#tail !== flushMark) return;
    this.#keepHistory();
    this.#drop();
  }

  close(): void {
    this.#drop();
    this.#history = [];
    this.#historySize = this.#pending = 0;
  }

  #open(): InflateRaw {
    if (this.#stream !== undefined) return this.#stream;
    const dictionary = Buffer.concat(this.#history);
    const stream = createInflateRaw({ chunkSize, ...(dictionary.length === 0 ? {} : { dictionary }) });
    const fault = (): void => {
      if (this.#stream === stream) this.#owner.onInflateFault();
    };
    stream.on('data', (chunk: Buffer) => {
      if (this.#stream === stream) this.#tell(chunk);
    });
    stream.on('error', fault).on('end', () => {
      if (this.#stream === stream) this.#finish();
    });
    if (this.#paused) stream.pause();
    this.#stream = stream;
    return stream;
  }

  #tell(chunk: Buffer): void {
    this.#history.push(chunk);
    this.#historySize += chunk.length;
    for (let [oldest] = this.#history; oldest !== undefined && this.#historySize - oldest.length >= window; [oldest] = this.#history) {
      this.#history.shift();
      this.#historySize -= oldest.length;
    }
    const heldBack = this.#pending === 0;
    this.#owner.onInflated(chunk);
    if (heldBack && this.#stream !== undefined && this.pending === 0) this.#owner.onSettled();
  }

  /** In memory of its own: a slice of a larger piece would hold the whole of it. */
  #keepHistory(): void {
    const all = Buffer.concat(this.#history).subarray(-window);
    const kept = Buffer.allocUnsafeSlow(all.length);
    all.copy(kept);
    this.#history = [kept];
    this.#historySize = kept.length;
  }

  /** A client that ends its stream with UNAUTHENTICATE (RFC 8437 section 4.1) may do so in words of RFC 1951 too. */
  #finish(): void {
    this.#finished = true;
    this.#pending = 0;
    this.#drop();
    this.#owner.onSettled();
  }

  #drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.destroy();
  }
}
