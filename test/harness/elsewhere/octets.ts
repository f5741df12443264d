import type { Duplex } from 'node:stream';

const mostHeld = 64 * 1024 * 1024; // octets; a client that sends more is broken

/** Reads a socket line by line. The socket can be left in the midst, for a TLS handshake. */
export class Octets {
  readonly #from: Duplex;
  #held: Buffer = Buffer.alloc(0);
  #ended = false;
  #waiting: (() => void) | undefined;
  readonly #onData = (chunk: Buffer): void => {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#held.length > mostHeld) this.#from.destroy();
    this.#wake();
  };
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wake();
  };

  constructor(from: Duplex) {
    this.#from = from;
    from.on('data', this.#onData);
    for (const event of ['end', 'close', 'error']) from.on(event, this.#onEnd);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Stops reading: what comes from now on is somebody else's. @returns what was read and not used */
  leave(): Buffer {
    this.#from.off('data', this.#onData);
    this.#from.pause();
    return this.#held;
  }

  /** @returns a line without CRLF, latin1; undefined at the end */
  async line(): Promise<string | undefined> {
    const line = await this.#upTo('\r\n', 0);
    return line?.subarray(0, -2).toString('latin1');
  }

  /** Waits for some octets without taking them. @returns false at the end */
  async some(): Promise<boolean> {
    while (this.#held.length === 0 && !this.#ended) await this.#more();
    return this.#held.length > 0;
  }

  /** @returns the message with dots as they came, without the final one; undefined when the end came first */
  async message(): Promise<Buffer | undefined> {
    if ((await this.#has(3)) && this.#held.subarray(0, 3).equals(finalDot)) {
      this.#held = this.#held.subarray(3);
      return Buffer.alloc(0);
    }
    const whole = await this.#upTo('\r\n.\r\n', 0);
    return whole?.subarray(0, -3);
  }

  async untilEnd(): Promise<void> {
    while (!this.#ended) {
      this.#held = Buffer.alloc(0);
      await this.#more();
    }
  }

  async #has(count: number): Promise<boolean> {
    while (this.#held.length < count && !this.#ended) await this.#more();
    return this.#held.length >= count;
  }

  async #upTo(mark: string, from: number): Promise<Buffer | undefined> {
    for (let start = from; ; ) {
      const at = this.#held.indexOf(mark, start);
      if (at >= 0) {
        const taken = this.#held.subarray(0, at + mark.length);
        this.#held = this.#held.subarray(at + mark.length);
        return taken;
      }
      if (this.#ended) return undefined;
      start = Math.max(0, this.#held.length - mark.length);
      await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #wake(): void {
    const wake = this.#waiting;
    this.#waiting = undefined;
    wake?.();
  }
}

const finalDot = Buffer.from('.\r\n');
