import { formatDate } from './date.ts';
import { headerFields } from './header.ts';

/** What one hop knows about the message it takes. Texts may come from outside. */
export interface Hop {
  /** What the client called itself in HELO or EHLO. */
  readonly helo: string;
  readonly clientIp: string;
  /** This server's own name. */
  readonly host: string;
  /** Keyword of RFC 3848: ESMTPSA is authenticated and over TLS. POP3 has none that is registered; it is what collecting programs write. */
  readonly protocol: 'SMTP' | 'ESMTP' | 'ESMTPS' | 'ESMTPA' | 'ESMTPSA' | 'POP3';
  /** What the client is told in the 250 line. */
  readonly id: string;
  readonly tls?: { readonly version: string; readonly cipher: string; readonly bits: number };
  /** Forward-paths of the envelope. Only a single one is written: several would show blind copies. */
  readonly recipients: readonly string[];
  /** ms since the epoch. */
  readonly time: number;
}

/** A message that has passed more hops than this is in a loop (RFC 5321 section 6.3 leaves the number to us; Postfix has the same). */
export const maxHops = 50;
const maxToken = 255;
/** Octets; an address has 321 at most (RFC 5321 section 4.5.3.1). */
const maxPath = 900;
/** RFC 5322 section 2.1.1: should and must, octets without the line end. */
const wantedLine = 78;

/** @returns the Received field as latin1 octets, CRLF included (RFC 5321 section 4.4) */
export function receivedField(hop: Hop): string {
  const [recipient, another] = hop.recipients;
  const words = [
    'Received: from',
    safe(hop.helo) || 'unknown',
    `(${addressLiteral(hop.clientIp)})`,
    'by',
    safe(hop.host),
    ...tlsComment(hop.tls),
    'with',
    hop.protocol,
    'id',
    safe(hop.id),
    ...(recipient === undefined || another !== undefined ? [] : ['for', `<${path(recipient)}>`]),
  ];
  return foldWords([...words.slice(0, -1), `${words.at(-1)};`, formatDate(hop.time)]);
}

/** @param reversePath of MAIL FROM; the empty one is `<>`. @returns the Return-Path field, CRLF included; written at delivery only */
export const returnPathField = (reversePath: string): string => `Return-Path: <${path(reversePath)}>\r\n`;

/** @param header octets of a header block as latin1 */
export function countHops(header: string): number {
  let hops = 0;
  for (const { name } of headerFields(header)) if (name.toLowerCase() === 'received') hops++;
  return hops;
}

function tlsComment(tls: Hop['tls']): readonly string[] {
  return tls === undefined ? [] : [`(version=${safe(tls.version)}`, `cipher=${safe(tls.cipher)}`, `bits=${tls.bits})`];
}

const addressLiteral = (ip: string): string => (ip.includes(':') ? `[IPv6:${safe(ip)}]` : `[${safe(ip)}]`);

/** Texts from outside as UTF-8 octets, without what could end a line, a comment or a word; cut where nobody needs more. */
function safe(text: string): string {
  const octets = Buffer.from(text.slice(0, maxToken), 'utf8').toString('latin1');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
  return octets.replace(/[\x00-\x20\x7f()<>;\\]/g, '?');
}

/** An address as UTF-8 octets; quoted local parts may hold spaces and parentheses. It was parsed before, so what is cut is no address. */
function path(address: string): string {
  const octets = Buffer.from(address, 'utf8').toString('latin1', 0, maxPath);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
  return octets.replace(/[\x00-\x1f\x7f]/g, '?');
}

/** Breaks between words, so that lines stay under 78 octets where words allow it; no word here is longer than 998. */
export function foldWords(words: readonly string[]): string {
  const [first, ...rest] = words;
  let text = first ?? '';
  let width = text.length;
  for (const word of rest) {
    const breaks = width + 1 + word.length > wantedLine;
    text += breaks ? `\r\n\t${word}` : ` ${word}`;
    width = breaks ? 8 + word.length : width + 1 + word.length;
  }
  return `${text}\r\n`;
}
