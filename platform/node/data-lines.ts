import { lineEndNormaliser } from '../../core/message/line-ends.ts';

const DOT = 0x2e;
const LF = 0x0a;
const lineThenDot = Buffer.from('\n.');
const nothing = Buffer.alloc(0);
const dot = Buffer.from('.');

/** A message as DATA carries it: every line end CRLF, never one of its halves alone, and dots doubled (RFC 5321 section 4.5.2). */
export class DataLines {
  readonly #lines = lineEndNormaliser();
  #last = LF;

  write(chunk: Uint8Array): Buffer {
    return this.#stuffed(this.#lines.write(chunk));
  }

  /** @returns what is left, and the line that ends the message */
  end(): Buffer {
    const rest = this.#stuffed(this.#lines.end());
    return Buffer.concat([rest, Buffer.from(this.#last === LF ? '.\r\n' : '\r\n.\r\n')]);
  }

  #stuffed(octets: Buffer): Buffer {
    const last = octets.at(-1);
    if (last === undefined) return nothing;
    const pieces: Buffer[] = this.#last === LF && octets[0] === DOT ? [dot] : [];
    this.#last = last;
    let from = 0;
    for (let at = octets.indexOf(lineThenDot); at !== -1; at = octets.indexOf(lineThenDot, at + 1)) {
      pieces.push(octets.subarray(from, at + 1), dot);
      from = at + 1;
    }
    return pieces.length === 0 ? octets : Buffer.concat([...pieces, octets.subarray(from)]);
  }
}
