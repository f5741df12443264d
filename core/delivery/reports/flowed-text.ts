import { inPieces, oneLine } from '../../message/write-field.ts';

const columns = 72;
const longestWord = 900; // octets; a line may have 998 (RFC 5322 section 2.1.1)

/** A paragraph as format=flowed (RFC 3676): fit for a terminal, and rewrapped by what has a narrow screen. */
export function paragraph(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of oneLine(text)
    .split(' ')
    .flatMap((long) => inPieces(long, longestWord))) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(`${stuffed(line)} `);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, stuffed(line)];
}

/** Lines set in, that stand as they are. */
export const setIn = (text: string): readonly string[] => paragraph(text).map((line) => `   ${line.trim()}`);

/** RFC 3676 section 4.4: what begins so would be read as something else. */
const stuffed = (line: string): string => (/^(?: |>|From )/.test(line) ? ` ${line}` : line);
