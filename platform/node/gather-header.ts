const blankLine = Buffer.from('\r\n\r\n');

/** Gathers a header that comes in pieces, however small, and copies it once. */
export class HeaderGatherer {
  readonly #pieces: Buffer[] = [];
  /** The last octets so far. The first line too follows a line end: a message may begin with the blank line. */
  #tail: Buffer = Buffer.from('\r\n');
  length = 0;

  /** @returns header and beginning of the body, once the blank line between them has come; nothing may be added then */
  add(chunk: Buffer): { readonly header: Buffer; readonly body: Buffer } | undefined {
    const found = Buffer.concat([this.#tail, chunk]).indexOf(blankLine);
    const end = this.length + found + 2 - this.#tail.length;
    this.#pieces.push(chunk);
    this.length += chunk.length;
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-3)]).subarray(-3);
    if (found === -1) return undefined;
    const all = this.rest();
    return { header: all.subarray(0, end), body: all.subarray(end + 2) };
  }

  /** What there is: the header of a message without a blank line. */
  rest(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
