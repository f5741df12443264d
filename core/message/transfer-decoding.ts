/** Undoes a Content-Transfer-Encoding piece by piece; octets in, octets out. Wrong input gives something, never an error. */
export interface TransferDecoder {
  write(octets: Buffer): Buffer;
  end(): Buffer;
}

const nothing = Buffer.alloc(0);

/** @param encoding lower case; one that is unknown leaves octets as they are (RFC 2045 section 6.4) */
export function transferDecoder(encoding: string): TransferDecoder {
  if (encoding === 'base64') return base64Decoder();
  if (encoding === 'quoted-printable') return quotedPrintableDecoder();
  return { write: (octets) => octets, end: () => nothing };
}

/** Octets outside the alphabet are passed over (RFC 2045 section 6.8). Padding ends what it pads: more may follow where pieces were joined. */
function base64Decoder(): TransferDecoder {
  let rest = '';
  const decode = (text: string): Buffer => {
    const digits = rest + text;
    const whole = digits.length - (digits.length % 4);
    rest = digits.slice(whole);
    return Buffer.from(digits.slice(0, whole), 'base64');
  };
  const padded = (): Buffer => {
    const last = Buffer.from(rest, 'base64');
    rest = '';
    return last;
  };
  return {
    write(octets) {
      const text = octets.toString('latin1').replace(/[^A-Za-z0-9+/=]+/g, '');
      if (!text.includes('=')) return decode(text);
      const [first = '', ...others] = text.split(/=+/);
      return Buffer.concat([decode(first), ...others.flatMap((other) => [padded(), decode(other)])]);
    },
    end: padded,
  };
}

const quotedOrPadded = /=(?:[ \t]{0,100}\r?\n|([0-9A-Fa-f]{2}))|([ \t]+)(\r?\n)?/g;

/** Spaces and tabs of a line's end that are taken for padding of a transport; whole lines have 76 octets. */
const mostPadding = 100;

/** RFC 2045 section 6.7: white space at a line's end goes (rule 3); `=` that begins neither an octet nor a soft line break stands for itself. What comes out is the same however the octets are cut. */
function quotedPrintableDecoder(): TransferDecoder {
  let rest = '';
  const decode = (text: string): Buffer =>
    Buffer.from(
      text.replace(quotedOrPadded, (found, hex: string | undefined, padding: string | undefined, lineEnd: string | undefined) => {
        if (padding !== undefined) return lineEnd === undefined ? found : padding.slice(0, -mostPadding) + lineEnd;
        return hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16));
      }),
      'latin1',
    );
  return {
    write(octets) {
      const text = rest + octets.toString('latin1');
      const cut = /(?:=(?:[0-9A-Fa-f]?|[ \t]{0,100}\r?)|[ \t]{1,100}\r?)$/.exec(text.slice(-110));
      const whole = text.length - (cut?.[0].length ?? 0);
      rest = text.slice(whole);
      return decode(text.slice(0, whole));
    },
    end: () => decode(rest),
  };
}
