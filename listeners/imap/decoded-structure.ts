import { charsetDecoder } from '../../core/message/charset.ts';
import type { MimePart } from '../../core/values/message-facts.ts';

type Params = MimePart['params'];

/**
 * What IMAP4rev2 asks for in BODYSTRUCTURE: extended parameters under their plain names, in UTF-8 (RFC 9051 section 7.5.2, RFC 2231 section 4).
 * IMAP4rev1's clients decode them themselves.
 */
export const decodedStructure = (part: MimePart): MimePart => ({
  ...part,
  params: decoded(part.params),
  ...(part.disposition === undefined ? {} : { disposition: { ...part.disposition, params: decoded(part.disposition.params) } }),
  ...(part.parts === undefined ? {} : { parts: part.parts.map(decodedStructure) }),
  ...(part.message === undefined ? {} : { message: { ...part.message, structure: decodedStructure(part.message.structure) } }),
});

/** A plain parameter of the same name was meant for who can't decode. */
function decoded(params: Params): Params {
  if (!params.some(([name]) => name.endsWith('*'))) return params;
  const extended = new Set(params.flatMap(([name]) => (name.endsWith('*') ? [name.slice(0, -1)] : [])));
  return params
    .filter(([name]) => !extended.has(name))
    .map(([name, value]) => (name.endsWith('*') ? [name.slice(0, -1), utf8Of(value)] : [name, value]));
}

/** @param value charset, language and percent-encoded octets between apostrophes. @returns octets of UTF-8 as latin1 */
function utf8Of(value: string): string {
  const [, charset = '', octets = value] = /^([^']*)'[^']*'([\s\S]*)$/.exec(value) ?? [];
  const plain = octets.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const decoder = charsetDecoder(charset);
  return Buffer.from(decoder.write(Buffer.from(plain, 'latin1')) + decoder.end(), 'utf8').toString('latin1');
}
