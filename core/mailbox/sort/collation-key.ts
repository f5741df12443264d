/** Octets of a key: texts that are the same up to there are the same. Bounds what an order of many messages holds in memory. */
const mostOctets = 400;

/**
 * @returns a key by which texts compare octet by octet as i;unicode-casemap has them (RFC 5051): each character in title case, then
 * decomposed (NFKD), then UTF-8. One character is one octet, so that comparing strings is comparing octets
 */
export function collationKey(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  const folded = /^[\x00-\x7f]*$/.test(text) ? text.toUpperCase() : Array.from(text, titleCase).join('').normalize('NFKD');
  return Buffer.from(folded, 'utf8').subarray(0, mostOctets).toString('latin1');
}

/** Where the title case of UnicodeData.txt is another one than the upper case. */
const titleCases: ReadonlyMap<string, string> = new Map([
  ...['Ǆǅǆ', 'Ǉǈǉ', 'Ǌǋǌ', 'Ǳǲǳ'].flatMap((forms) => Array.from(forms, (form) => [form, Array.from(forms)[1] ?? form] as const)),
  // Greek with iota below: the upper case is two letters, the title case one.
  ...[0x1f80, 0x1f90, 0x1fa0].flatMap((row) => Array.from({ length: 8 }, (_, i) => pair(row + i, row + i + 8))),
  pair(0x1fb3, 0x1fbc),
  pair(0x1fc3, 0x1fcc),
  pair(0x1ff3, 0x1ffc),
  // Georgian has capitals, and titles that do without.
  ...Array.from({ length: 0x10ff - 0x10d0 + 1 }, (_, i) => pair(0x10d0 + i, 0x10d0 + i)),
]);

function pair(from: number, to: number): readonly [string, string] {
  return [String.fromCodePoint(from), String.fromCodePoint(to)];
}

/** Only mappings of one character to one: "ß" stays. */
function titleCase(character: string): string {
  const known = titleCases.get(character);
  if (known !== undefined) return known;
  const upper = character.toUpperCase();
  return Array.from(upper).length === 1 ? upper : character;
}
