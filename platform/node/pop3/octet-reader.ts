import type { Duplex } from 'node:stream';
import { MaildropFault } from '../../../core/collect/maildrop-client.ts';

/** What a server may take its time for. */
export interface Pace {
  /** ms from a command to the end of the first line of its reply. */
  readonly reply: number;
  /** ms of waiting in which at least `least` octets of a longer response must come. */
  readonly window: number;
  readonly least: number;
}

const lf = 0x0a;
/** RFC 1939 section 3 has 512; servers that tell more of themselves in their greeting do exist. */
const longestLine = 4096;

/** Reads from a socket as much as is asked for and no more, so that a server is read no faster than its mail can be stored. */
export class OctetReader {
  readonly #stream: Duplex;
  readonly #pace: Pace;
  #rest: Buffer = Buffer.alloc(0);
  #ended: Error | 'ended' | undefined;
  #wake: (() => void) | undefined;
  #waited = 0;
  #came = 0;

  constructor(stream: Duplex, pace: Pace) {
    this.#stream = stream;
    this.#pace = pace;
    stream.on('readable', this.#onReadable);
    stream.on('end', this.#onEnd);
    stream.on('close', this.#onEnd);
    stream.on('error', this.#onError);
  }

  /** A line without its line end. @throws MaildropFault */
  async line(): Promise<string> {
    const deadline = performance.now() + this.#pace.reply;
    for (let searched = 0; ; ) {
      const end = this.#rest.indexOf(lf, searched);
      if (end !== -1 && end <= longestLine) return this.#takeLine(end);
      searched = this.#rest.length;
      if (searched > longestLine) throw new MaildropFault('protocol', `the server sent a line of more than ${longestLine} octets`);
      const left = deadline - performance.now();
      const chunk = left > 0 ? await this.#next(left) : undefined;
      if (chunk === undefined) throw new MaildropFault('too-slow', `no reply within ${Math.round(this.#pace.reply / 1000)} s`);
      this.#rest = Buffer.concat([this.#rest, chunk]);
    }
  }

  /** A longer response begins. */
  beginPieces(): void {
    this.#waited = 0;
    this.#came = 0;
  }

  /** Whatever comes next, at least one octet. @throws MaildropFault also when less comes than the pace asks for */
  async piece(): Promise<Buffer> {
    if (this.#rest.length > 0) {
      const rest = this.#rest;
      this.#rest = Buffer.alloc(0);
      return rest;
    }
    for (;;) {
      if (this.#waited >= this.#pace.window) this.#checkPace();
      const begun = performance.now();
      const chunk = await this.#next(this.#pace.window - this.#waited);
      this.#waited += performance.now() - begun; // while our own store was slow nobody waited for the server
      if (chunk === undefined) continue;
      this.#came += chunk.length;
      return chunk;
    }
  }

  unread(octets: Buffer): void {
    this.#rest = octets;
  }

  /** For TLS to take over. @returns what was read and not taken */
  detach(): Buffer {
    this.#stream.off('readable', this.#onReadable).off('end', this.#onEnd).off('close', this.#onEnd).off('error', this.#onError);
    return this.#rest;
  }

  #takeLine(end: number): string {
    const line = this.#rest.toString('latin1', 0, end).replace(/\r$/, '');
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  #checkPace(): void {
    const { window, least } = this.#pace;
    if (this.#came < least) throw new MaildropFault('too-slow', `less than ${least} octets came within ${Math.round(window / 1000)} s`);
    this.beginPieces();
  }

  /** @returns undefined when nothing came in time */
  async #next(ms: number): Promise<Buffer | undefined> {
    const ready = this.#stream.read() as Buffer | null;
    if (ready !== null) return ready;
    if (this.#ended === undefined) await this.#wait(ms);
    const chunk = this.#stream.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (this.#ended !== undefined) throw faultOfEnd(this.#ended);
    return undefined;
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  readonly #onReadable = (): void => this.#wake?.();
  readonly #onEnd = (): void => {
    this.#ended ??= 'ended';
    this.#wake?.();
  };
  readonly #onError = (error: Error): void => {
    this.#ended = error;
    this.#wake?.();
  };
}

function faultOfEnd(ended: Error | 'ended'): MaildropFault {
  if (ended === 'ended') return new MaildropFault('cut', 'the server closed the connection');
  return ended instanceof MaildropFault ? ended : new MaildropFault('cut', `the connection broke: ${ended.message}`, { cause: ended });
}
