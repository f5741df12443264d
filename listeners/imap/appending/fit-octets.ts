const CR = 13;
const LF = 10;

/**
 * Makes what a client appends fit to be kept, chunk by chunk: bare line feeds get their CR (messages are kept with CRLF), NUL, which no literal of
 * ours could carry back (RFC 3501 section 9, CHAR8), becomes 0x80.
 */
export class FitOctets {
  #last = 0;

  fit(chunk: Uint8Array): Uint8Array {
    const fit = isFit(chunk, this.#last) ? chunk : fitted(chunk, this.#last);
    this.#last = chunk.at(-1) ?? this.#last;
    return fit;
  }
}

/** @returns whether the chunk has neither NUL nor a bare line feed. @param before the octet before it */
export function isFit(chunk: Uint8Array, before: number): boolean {
  if (chunk.includes(0)) return false;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
    if ((at === 0 ? before : chunk[at - 1]) !== CR) return false;
  }
  return true;
}

function fitted(chunk: Uint8Array, before: number): Uint8Array {
  const octets = Buffer.allocUnsafe(chunk.length * 2);
  let length = 0;
  let last = before;
  for (const octet of chunk) {
    if (octet === LF && last !== CR) octets[length++] = CR;
    octets[length++] = octet === 0 ? 0x80 : octet;
    last = octet;
  }
  return octets.subarray(0, length);
}
