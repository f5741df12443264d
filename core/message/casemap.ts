/**
 * The form in which texts are compared: i;unicode-casemap (RFC 5051 section 2), each character in title case, then decomposed as far as it goes,
 * compatibility included. What is found is found octet by octet in it, so that "u" finds "ü", and "ü" does not find "u".
 *
 * A character's form does not depend on its neighbours, and nothing is put in another order: the form of two texts in a row is the two forms in a row,
 * wherever a text is cut but within a surrogate pair.
 */
export const casemap = (text: string): string => (beyondAscii.test(text) ? mapped(text) : text.toUpperCase());

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const beyondAscii = /[^\x00-\x7f]/;

/** UTF-16 units of the longest form of a character: the greeting U+FDFA. */
const longestForm = 18;

function mapped(text: string): string {
  let units = new Uint16Array(text.length + (text.length >> 2) + longestForm);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (length + longestForm > units.length) units = grown(units);
    const unit = text.charCodeAt(at);
    const form = formOfUnit(unit);
    if (form > 0) {
      units[length++] = form;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    at += character.length - 1;
    const whole = character.length > 1 ? formOf(character) : (longForms.get(unit) ?? character);
    for (let i = 0; i < whole.length; i += 1) units[length++] = whole.charCodeAt(i);
  }
  return Buffer.from(units.buffer, 0, length * 2).toString('utf16le');
}

function grown(units: Uint16Array): Uint16Array<ArrayBuffer> {
  const more = new Uint16Array(units.length * 2);
  more.set(units);
  return more;
}

/** Forms of one unit, 256 characters together, found out as they are needed; 0 stands for a longer form, and for half a surrogate pair. */
const pages: (Uint16Array | undefined)[] = [];
/** By unit. Some thousands, and the syllables of Hangul. */
const longForms = new Map<number, string>();

function formOfUnit(unit: number): number {
  const page = pages[unit >> 8] ?? newPage(unit >> 8);
  return page[unit & 0xff] as number;
}

function newPage(number: number): Uint16Array {
  const page = new Uint16Array(256);
  pages[number] = page;
  for (let unit = number << 8; unit >> 8 === number; unit += 1) {
    if (unit >= 0xd800 && unit <= 0xdfff) continue;
    const form = formOf(String.fromCharCode(unit));
    if (form.length === 1) page[unit & 0xff] = form.charCodeAt(0);
    else longForms.set(unit, form);
  }
  return page;
}

const formOf = (character: string): string => titleCase(character).normalize('NFKD');

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
