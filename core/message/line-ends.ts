const CR = 0x0d;
const LF = 0x0a;

/** Makes every CR, LF and CRLF a CRLF, piece by piece: what a submission client means by them is clear. */
export function lineEndNormaliser(): { write(chunk: Uint8Array): Buffer; end(): Buffer } {
  // A CR at the end of a chunk waits for what comes behind it.
  let held = false;
  return {
    write(chunk) {
      const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const octets = held ? Buffer.concat([Buffer.of(CR), given]) : given;
      held = octets.at(-1) === CR;
      const ready = held ? octets.subarray(0, -1) : octets;
      if (!hasBare(ready)) return ready;
      return Buffer.from(ready.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n'), 'latin1');
    },
    end: () => Buffer.from(held ? '\r\n' : ''),
  };
}

/** @param octets that hold both octets of each CRLF: a CR at their end is bare */
function hasBare(octets: Uint8Array): boolean {
  let last = -1;
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i] as number;
    if ((octet === LF) !== (last === CR)) return true;
    last = octet;
  }
  return last === CR;
}
