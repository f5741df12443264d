import iconv from 'iconv-lite';
import { withoutQuotes } from './mime-params.ts';

/** Octets of a charset to Unicode, piece by piece; a character may be split over pieces. */
export interface CharsetDecoder {
  write(octets: Buffer): string;
  end(): string;
}

/**
 * @param charset as a message names it, any case. What is unknown is read as latin1, so that ASCII in it is found at least; what calls
 * itself ASCII or nothing is read as UTF-8 as long as it is that
 */
export function charsetDecoder(charset: string | undefined): CharsetDecoder {
  const name = withoutQuotes(charset ?? '').toLowerCase();
  if (name === '' || name === 'us-ascii' || name === 'ascii') return guessingDecoder();
  return whatwgDecoder(name) ?? iconvDecoder(name) ?? latin1Decoder();
}

/** @param octets latin1. @returns UTF-8 read as such, anything else as it is: what raw octets in headers turn out to be */
export function guessText(octets: string): string {
  if (!/[\x80-\xff]/.test(octets)) return octets;
  const decoder = guessingDecoder();
  return decoder.write(Buffer.from(octets, 'latin1')) + decoder.end();
}

function guessingDecoder(): CharsetDecoder {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  const decode = (octets: Buffer, more: boolean): string => {
    if (!isUtf8) return octets.toString('latin1');
    try {
      return utf8.decode(octets, { stream: more });
    } catch {
      isUtf8 = false;
      return octets.toString('latin1');
    }
  };
  return { write: (octets) => decode(octets, true), end: () => decode(Buffer.alloc(0), false) };
}

/** The charsets of browsers, ISO-2022-JP, GB18030, Big5 and the like included. */
function whatwgDecoder(name: string): CharsetDecoder | undefined {
  try {
    const decoder = new TextDecoder(name);
    return { write: (octets) => decoder.decode(octets, { stream: true }), end: () => decoder.decode() };
  } catch {
    return undefined;
  }
}

/** Code pages of DOS and others that browsers do not know. */
function iconvDecoder(name: string): CharsetDecoder | undefined {
  if (!iconv.encodingExists(name)) return undefined;
  const stream = iconv.getDecoder(name);
  const decoder = { write: (octets: Buffer) => stream.write(octets), end: () => stream.end() ?? '' };
  return /^(?:unicode-?1-?1-?)?utf-?7$/.test(name) ? wholeRuns(decoder) : decoder;
}

/** A longer run of UTF-7's base64 is cut all the same; runs end with their line. */
const maxRun = 65_536;

/** iconv-lite reads UTF-7 wrongly when a piece ends inside a run of base64 (RFC 2152): it is given whole runs only. */
function wholeRuns(decoder: CharsetDecoder): CharsetDecoder {
  let held: Buffer = Buffer.alloc(0);
  return {
    write(octets) {
      const all = held.length === 0 ? octets : Buffer.concat([held, octets]);
      const run = openRun(all);
      const cut = all.length - run > maxRun ? all.length : run;
      held = Buffer.from(all.subarray(cut));
      return decoder.write(all.subarray(0, cut));
    },
    end: () => decoder.write(held) + decoder.end(),
  };
}

/** @returns where the run begins that the octets end in, or their length */
function openRun(octets: Buffer): number {
  let start = octets.length;
  for (let at = octets.length - 1; at >= 0 && isBase64(octets[at] ?? 0); at--) if (octets[at] === plus) start = at;
  return start;
}

const plus = 0x2b;
const slash = 0x2f;

const isBase64 = (octet: number): boolean =>
  (octet >= 0x30 && octet <= 0x39) ||
  (octet >= 0x41 && octet <= 0x5a) ||
  (octet >= 0x61 && octet <= 0x7a) ||
  octet === plus ||
  octet === slash;

const latin1Decoder = (): CharsetDecoder => ({ write: (octets) => octets.toString('latin1'), end: () => '' });
