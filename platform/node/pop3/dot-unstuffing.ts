const lf = 0x0a;
const cr = 0x0d;
const dot = 0x2e;

/**
 * Takes a multi-line response apart (RFC 1939 section 3): a dot at the start of a line goes, and a line of a dot alone ends it. Only CRLF
 * ends a line here: a server that stuffs what follows a bare LF and one that does not can't be told apart, and an end that is seen too
 * early would make commands' replies of what is left of the message.
 */
export class DotUnstuffing {
  /** `dot`: one at the start of a line, left out; `dot-cr`: and a CR behind it, held back. */
  #at: 'line-start' | 'text' | 'dot' | 'dot-cr' = 'line-start';
  /** The octet before the chunk. */
  #last = 0;

  /** @returns the octets, and once the end has come what stands behind it */
  write(chunk: Buffer): { readonly octets: Buffer; readonly behind?: Buffer } {
    const pieces: Buffer[] = [];
    let from = 0;
    let i = 0;
    while (i < chunk.length) {
      const octet = chunk[i];
      switch (this.#at) {
        case 'line-start':
          this.#at = octet === dot ? 'dot' : 'text';
          if (octet !== dot) break;
          pieces.push(chunk.subarray(from, i));
          i += 1;
          from = i;
          break;
        case 'dot':
          this.#at = octet === cr ? 'dot-cr' : 'text';
          if (octet !== cr) break;
          i += 1;
          from = i;
          break;
        case 'dot-cr':
          if (octet === lf) return { octets: Buffer.concat(pieces), behind: chunk.subarray(i + 1) };
          pieces.push(Buffer.of(cr));
          this.#last = cr;
          this.#at = 'text';
          break;
        case 'text':
          i = this.#toLineEnd(chunk, i);
      }
    }
    this.#last = chunk.at(-1) ?? this.#last;
    pieces.push(chunk.subarray(from));
    return { octets: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces) };
  }

  /** @returns where the next line begins, or the chunk's end */
  #toLineEnd(chunk: Buffer, from: number): number {
    const at = chunk.indexOf(lf, from);
    if (at === -1) return chunk.length;
    const before = at === 0 ? this.#last : chunk[at - 1];
    if (before === cr) this.#at = 'line-start';
    return at + 1;
  }
}
