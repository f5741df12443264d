const lf = 0x0a;
const cr = 0x0d;
const dot = 0x2e;

/**
 * Makes a message's octets into the body of a multi-line response (RFC 1939 section 3): a dot at the start of a line is doubled, and
 * `.` alone ends it. All other octets stay as they are. A dot behind a bare LF is doubled too: clients that take LF for a line's
 * end, as many do, would else see the end of the response wherever a message says so.
 */
export class DotStuffing {
  #atLineStart = true;
  #last = lf;
  #beforeLast = cr;

  /** @returns the octets to send; they may be those of `chunk` itself */
  write(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const dots = this.#findLeadingDots(chunk);
    this.#beforeLast = chunk.length > 1 ? (chunk[chunk.length - 2] ?? 0) : this.#last;
    this.#last = chunk[chunk.length - 1] ?? 0;
    this.#atLineStart = this.#last === lf;
    return dots.length === 0 ? chunk : doubled(chunk, dots);
  }

  /** @returns what ends the response. A message whose last line has no CRLF gets one: else the dot would not stand alone */
  end(): string {
    return this.#last === lf && this.#beforeLast === cr ? '.\r\n' : '\r\n.\r\n';
  }

  #findLeadingDots(chunk: Uint8Array): readonly number[] {
    const dots = this.#atLineStart && chunk[0] === dot ? [0] : [];
    for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, at + 1)) if (chunk[at + 1] === dot) dots.push(at + 1);
    return dots;
  }
}

function doubled(chunk: Uint8Array, dots: readonly number[]): Uint8Array {
  const wider = new Uint8Array(chunk.length + dots.length);
  let from = 0;
  let to = 0;
  for (const at of dots) {
    wider.set(chunk.subarray(from, at), to);
    to += at - from;
    wider[to++] = dot;
    from = at;
  }
  wider.set(chunk.subarray(from), to);
  return wider;
}
