import { headerFields } from './header.ts';

/** What a header says after its body was converted. */
export interface HeaderChange {
  /** New Content-Transfer-Encoding. @default - stays as it is */
  readonly encoding?: string;
  /** Written when there is no Content-Type. */
  readonly contentType?: string;
  /** The header is a message's own, which has to say that it is MIME. */
  readonly isMessage: boolean;
}

const transferEncoding = 'content-transfer-encoding';

/**
 * @param block a header with its blank line, octets as latin1. Lines that are no field stay
 * @returns it in ASCII: words outside ASCII become encoded-words (RFC 2047)
 */
export function sevenBitHeader(block: string, { encoding, contentType, isMessage }: HeaderChange): string {
  const names = new Set<string>();
  let out = '';
  let from = 0;
  for (const { name, start, end, valueStart } of headerFields(block)) {
    out += questioned(block.slice(from, start));
    const lower = name.toLowerCase();
    if (encoding === undefined || lower !== transferEncoding)
      out += sevenBitField(block.slice(start, valueStart), block.slice(valueStart, end));
    else if (!names.has(lower)) out += `${name}: ${encoding}\r\n`;
    names.add(lower);
    from = end;
  }
  if (encoding !== undefined) {
    if (!names.has(transferEncoding)) out += `Content-Transfer-Encoding: ${encoding}\r\n`;
    if (contentType !== undefined && !names.has('content-type')) out += `Content-Type: ${contentType}\r\n`;
    if (isMessage && !names.has('mime-version')) out += 'MIME-Version: 1.0\r\n';
  }
  return out + questioned(block.slice(from));
}

/** @returns octets above ASCII as question marks */
export const questioned = (octets: string): string => octets.replace(/[\x80-\xff]/g, '?');

const aboveAscii = /[\x80-\xff]/;
/** A parameter's or a name's quoted string, white space, or a word. Bounded: quotes without an end must not be looked for again and again. */
const tokens = /[^\s"]*"(?:[^"\\]|\\[\s\S]){0,300}"[^\s"]*|\s+|[^\s"]+|"/g;
const plainTokens = /\s+|\S+/g;
const mostQuoted = 65_536; // octets of a field in which quoted strings are looked for
const addressField = /^(?:resent-)?(?:from|sender|to|cc|bcc|reply-to)\s*:/i;

function sevenBitField(name: string, value: string): string {
  if (!aboveAscii.test(value)) return questioned(name) + value;
  const end = /\r?\n$/.exec(value)?.[0] ?? '';
  const words = value.slice(0, value.length - end.length).match(value.length > mostQuoted ? plainTokens : tokens) ?? [];
  const textOf = addressField.test(name) ? unquoted : onOneLine; // quotes are part of a subject
  let out = '';
  let run = '';
  let space = '';
  const endRun = (): void => {
    if (run === '') return;
    out += `${out === '' ? ' ' : '\r\n '}${encodedWords(run)}`;
    run = '';
    space = '';
    folds = true;
  };
  let folds = false; // behind an encoded-word stands a line break, so that lines do not grow
  for (const word of words) {
    if (/^\s/.test(word)) space = word;
    else if (!aboveAscii.test(word)) {
      const between = run === '' ? space : '';
      endRun();
      out += folds ? `\r\n ${word}` : between + word;
      folds = false;
      space = '';
    } else if (isParameter(word)) {
      endRun();
      out += `${out === '' ? ' ' : '\r\n '}${parameter(word)}`;
      folds = true;
      space = '';
    } else {
      run += run === '' ? textOf(word) : ` ${textOf(word)}`;
      space = '';
    }
  }
  endRun();
  return `${questioned(name)}${out}${end}`;
}

const isParameter = (word: string): boolean => /^[^\s"=]+="/.test(word);

/** Against RFC 2047 section 5, and what so many programs write that it is read everywhere. */
function parameter(word: string): string {
  const [, before = '', quoted = '', behind = ''] = /^([^"]*)"((?:[^"\\]|\\[\s\S])*)"([\s\S]*)$/.exec(word) ?? [];
  return `${questioned(before)}"${encodedWords(unescaped(quoted))}"${questioned(behind)}`;
}

const onOneLine = (word: string): string => word.replace(/\s+/g, ' ');
const unquoted = (word: string): string => (/^"(?:[^"\\]|\\[\s\S])*"$/.test(word) ? unescaped(word.slice(1, -1)) : onOneLine(word));
const unescaped = (text: string): string => text.replace(/\\([\s\S])/g, '$1').replace(/\s+/g, ' ');

const mostInWord = 39; // octets; with the longer charset name a word stays under 76 (RFC 2047 section 2)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Of octets that are no UTF-8 nobody knows the charset (RFC 1428). */
function encodedWords(octets: string): string {
  const bytes = Buffer.from(octets, 'latin1');
  const text = decoded(bytes);
  const pieces =
    text === undefined ? cut([...octets], (char) => Buffer.from(char, 'latin1')) : cut([...text], (char) => Buffer.from(char, 'utf8'));
  const charset = text === undefined ? 'unknown-8bit' : 'utf-8';
  return pieces.map((piece) => `=?${charset}?B?${piece.toString('base64')}?=`).join('\r\n ');
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** No character is cut in two. */
function cut(chars: readonly string[], octetsOf: (char: string) => Buffer): readonly Buffer[] {
  const pieces: Buffer[][] = [];
  let size = mostInWord;
  for (const char of chars) {
    const octets = octetsOf(char);
    if (size + octets.length > mostInWord) {
      pieces.push([]);
      size = 0;
    }
    pieces.at(-1)?.push(octets);
    size += octets.length;
  }
  return pieces.map((piece) => Buffer.concat(piece));
}
