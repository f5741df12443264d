import type { DataStream } from './edge-server.ts';

export type DataFaultKind = 'bare-line-end' | 'nul' | 'too-large' | 'too-slow' | 'header-too-large' | 'loop' | 'client-gone';

/** Why the octets of DATA can't become a message. Thrown through the store's reader, which then keeps nothing. */
export class DataFault extends Error {
  override readonly name = 'DataFault';
  readonly kind: DataFaultKind;

  constructor(kind: DataFaultKind) {
    super(`DATA: ${kind}`);
    this.kind = kind;
  }
}

export interface DataRules {
  /** Octets a message may have. */
  readonly most: number;
  /** A bare CR or LF: what another server may take for the end of a line, and then of the message (SMTP smuggling). */
  readonly bareLineEnds: 'refuse' | 'pass';
  /** Called with each chunk. @throws DataFault to end it */
  heard(): void;
}

const CR = 13;
const LF = 10;

/** The octets of one DATA, checked on the way: read once, in order. The package has taken out stuffed dots and ends at CRLF.CRLF only. */
export class ReceivedOctets {
  /** An octet above 127 was among them; asked afterwards. */
  eightBit = false;
  #afterCr = false;
  #length = 0;
  readonly #stream: DataStream;
  readonly #rules: DataRules;

  constructor(stream: DataStream, rules: DataRules) {
    this.#stream = stream;
    this.#rules = rules;
  }

  /** @throws DataFault; the stream is left as it is, for its rest to be read and thrown away */
  async *read(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#chunks()) {
      this.#rules.heard();
      this.#length += chunk.length;
      if (this.#length > this.#rules.most) throw new DataFault('too-large');
      if (this.#inspect(chunk) && this.#rules.bareLineEnds === 'refuse') throw new DataFault('bare-line-end');
      yield chunk;
    }
  }

  /** The package breaks the stream when the connection goes; nothing of ours went wrong then. */
  async *#chunks(): AsyncGenerator<Buffer> {
    try {
      yield* this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    } catch {
      throw new DataFault('client-gone');
    }
  }

  /** @returns whether there is a bare CR or LF; a CR at the end of a chunk is judged with the next one. @throws DataFault on NUL (RFC 5321 section 4.5.2, RFC 6152) */
  #inspect(chunk: Buffer): boolean {
    let seen = 0;
    let bare = false;
    let afterCr = this.#afterCr;
    for (let i = 0; i < chunk.length; i++) {
      const octet = chunk[i] as number;
      seen |= octet;
      if (octet === 0) throw new DataFault('nul');
      if (afterCr !== (octet === LF)) bare = true;
      afterCr = octet === CR;
    }
    if (seen > 127) this.eightBit = true;
    this.#afterCr = afterCr;
    return bare;
  }
}
