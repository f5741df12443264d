/** Distinguished Encoding Rules (X.690), as much as a certificate needs. */
export type Der = Buffer;

export function der(tag: number, ...contents: readonly Uint8Array[]): Der {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(content.length), content]);
}

export const sequence = (...items: readonly Uint8Array[]): Der => der(0x30, ...items);
export const set = (...items: readonly Uint8Array[]): Der => der(0x31, ...items);
export const octetString = (content: Uint8Array): Der => der(0x04, content);
export const utf8String = (text: string): Der => der(0x0c, Buffer.from(text));
export const yes: Der = der(0x01, Buffer.of(0xff));

/** @param tag context-specific tag number. `explicit` wraps a whole item, `implicit` replaces the tag of a primitive one */
export const explicit = (tag: number, ...items: readonly Uint8Array[]): Der => der(0xa0 | tag, ...items);
export const implicit = (tag: number, content: Uint8Array): Der => der(0x80 | tag, content);

/** @param magnitude big-endian, unsigned */
export const integer = (magnitude: Uint8Array): Der => der(0x02, (magnitude[0] ?? 0) & 0x80 ? Buffer.of(0) : Buffer.of(), magnitude);

/** @param unused bits at the end that don't count */
export const bitString = (content: Uint8Array, unused = 0): Der => der(0x03, Buffer.of(unused), content);

/** @param dotted `2.5.29.17` */
export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}

/** UTCTime up to 2049, GeneralizedTime after it (RFC 5280 section 4.1.2.5). @param at ms since the epoch */
export function time(at: number): Der {
  const digits = new Date(at).toISOString().replace(/\.\d+Z$|[-:T]/g, '');
  return at < Date.UTC(2050) ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`));
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const octets: number[] = [];
  for (let left = length; left > 0; left >>>= 8) octets.unshift(left & 0xff);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

function base128(n: number): number[] {
  const octets = [n & 0x7f];
  for (let left = n >>> 7; left > 0; left >>>= 7) octets.unshift((left & 0x7f) | 0x80);
  return octets;
}
