import type { Connection, Line } from '../../listeners/net/connection.ts';

/** A client whose octets are all there already, and that is gone behind them. Literals come in pieces of `size` octets. */
export class OctetConnection {
  readonly written: string[] = [];
  #octets: Buffer;
  readonly #size: number;

  constructor(octets: Buffer, size: number) {
    this.#octets = octets;
    this.#size = size;
  }

  /** How many octets nobody has read. */
  get left(): number {
    return this.#octets.length;
  }

  readonly write = (data: string | Uint8Array): undefined => {
    this.written.push(Buffer.from(data as string, 'latin1').toString('latin1'));
  };

  async readLine(limit: number): Promise<Line> {
    const end = this.#octets.indexOf('\r\n');
    if (end === -1) return { kind: 'end' };
    const bytes = this.#take(end);
    this.#take(2);
    return end > limit ? { kind: 'too-long' } : { kind: 'line', bytes };
  }

  async *readExactly(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0 && this.#octets.length > 0; ) {
      const chunk = this.#take(Math.min(left, this.#size));
      left -= chunk.length;
      yield chunk;
    }
  }

  asConnection(): Connection {
    return this as unknown as Connection;
  }

  #take(count: number): Buffer {
    const taken = this.#octets.subarray(0, count);
    this.#octets = this.#octets.subarray(count);
    return taken;
  }
}
