/** RFC 5322 section 2.1.1, octets without the line end: what lines should have at most, and what no word may exceed. */
const wantedLine = 76;
const longestWord = 900;

/**
 * One field of ours, folded at its spaces, CRLF included. Whatever comes in, no line ends early and none is too long.
 * @param value may come from outside
 */
export function foldField(name: string, value: string): string {
  const words = oneLine(value)
    .split(' ')
    .flatMap((word) => inPieces(word, longestWord));
  let text = `${name}:`;
  let width = text.length;
  for (const word of words) {
    const breaks = width + 1 + word.length > wantedLine && width > name.length + 1;
    text += breaks ? `\r\n ${word}` : ` ${word}`;
    width = (breaks ? 0 : width) + 1 + word.length;
  }
  return `${text}\r\n`;
}

/** Text from outside as one line of visible characters: no controls, no direction marks, no halves of a character, single spaces. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();

/** Cuts a word between characters. @param octets of UTF-8 that a piece has at most */
export function inPieces(word: string, octets: number): readonly string[] {
  if (word.length * 3 <= octets) return [word];
  const pieces: string[] = [];
  let piece = '';
  let size = 0;
  for (const char of word) {
    const more = Buffer.byteLength(char);
    if (size + more > octets) {
      pieces.push(piece);
      piece = '';
      size = 0;
    }
    piece += char;
    size += more;
  }
  return [...pieces, piece];
}

/** @returns encoded-words (RFC 2047), a space between them, each short enough for a line. ASCII stays as it is */
export function encodedWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text;
  return inPieces(text, wordOctets)
    .map((piece) => `=?UTF-8?B?${Buffer.from(piece).toString('base64')}?=`)
    .join(' ');
}

const wordOctets = 42; // 56 of base64, 68 with the frame: fits behind the space of a folded line
