/** Makes octets fit for 7-bit transport piece by piece; the decoders of the same name give the octets back. */
export interface TransferEncoder {
  write(octets: Uint8Array): Buffer;
  end(): Buffer;
}

const CR = 13;
const LF = 10;
const DASH = 45;
const maxColumn = 75; // RFC 2045 section 6.7: 76 with the `=` of a soft line break

const escaped = Array.from({ length: 256 }, (_, octet) => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`);
/** Space and tab stand for themselves but at the end of a line. */
const literal = Array.from({ length: 256 }, (_, octet) =>
  (octet >= 33 && octet <= 126 && octet !== 61) || octet === 32 || octet === 9 ? String.fromCharCode(octet) : escaped[octet],
) as readonly string[];

/** RFC 2045 section 6.7, for text whose lines end in CRLF; any other CR or LF is an octet like others. */
export function quotedPrintableEncoder(): TransferEncoder {
  let column = 0;
  let held = -1; // a space, tab or CR whose form depends on what comes behind it
  let out = '';
  const put = (token: string): void => {
    const soft = column + token.length > maxColumn;
    if (soft) {
      out += '=\r\n';
      column = 0;
    }
    // What begins a line that was none before must not look like a boundary.
    const shown = soft && token === '-' ? (escaped[DASH] as string) : token;
    out += shown;
    column += shown.length;
  };
  const step = (octet: number): void => {
    const before = held;
    held = -1;
    if (before === CR && octet === LF) {
      out += '\r\n';
      column = 0;
      return;
    }
    if (before !== -1) put(before === CR || octet === CR || octet === -1 ? (escaped[before] as string) : (literal[before] as string));
    if (octet === 32 || octet === 9 || octet === CR) held = octet;
    else if (octet !== -1) put(literal[octet] as string);
  };
  const taken = (): Buffer => {
    const text = out;
    out = '';
    return Buffer.from(text, 'latin1');
  };
  return {
    write(octets) {
      for (const octet of octets) step(octet);
      return taken();
    },
    end() {
      step(-1);
      return taken();
    },
  };
}

const base64Line = 57; // octets that make a line of 76 digits

export function base64Encoder(): TransferEncoder {
  let rest = Buffer.alloc(0);
  const lines = (octets: Buffer): Buffer => {
    let text = '';
    for (let at = 0; at < octets.length; at += base64Line) text += `${octets.toString('base64', at, at + base64Line)}\r\n`;
    return Buffer.from(text, 'latin1');
  };
  return {
    write(octets) {
      const all = Buffer.concat([rest, octets]);
      const whole = all.length - (all.length % base64Line);
      rest = all.subarray(whole);
      return lines(all.subarray(0, whole));
    },
    end: () => lines(rest),
  };
}

const farColumn = 900;

/** For text that is said to be quoted-printable and has raw octets above ASCII in it: a decoder gives the same as before. */
export function quotedPrintableMender(): TransferEncoder {
  let column = 0;
  return {
    write(octets) {
      let out = '';
      for (const octet of octets) {
        const soft = octet > 127 && column > farColumn;
        const token = octet > 127 ? (escaped[octet] as string) : String.fromCharCode(octet);
        out += soft ? `=\r\n${token}` : token;
        column = octet === LF ? 0 : (soft ? 0 : column) + token.length;
      }
      return Buffer.from(out, 'latin1');
    },
    end: () => Buffer.alloc(0),
  };
}

/** For base64 with octets in it that every decoder passes over (RFC 2045 section 6.8). */
export const base64Mender = (): TransferEncoder => ({
  write: (octets) => Buffer.from(octets.filter((octet) => octet < 128)),
  end: () => Buffer.alloc(0),
});
