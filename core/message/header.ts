/** One field of a header block, as offsets into the block's text; nothing is cut out before it is asked for. */
export interface HeaderField {
  /** As written, without the white space obsolete syntax allows before the colon. */
  readonly name: string;
  /** From the first octet of the name … */
  readonly start: number;
  /** … to behind the line end of its last line. */
  readonly end: number;
  /** First octet behind the colon. */
  readonly valueStart: number;
}

/**
 * Fields of a header block in order (RFC 5322 section 2.2). LF ends a line too. Lines that are no field (an mbox `From ` line, say)
 * are passed over with their continuation lines.
 * @param block octets as latin1, up to and with or without the blank line
 */
export function* headerFields(block: string): Generator<HeaderField> {
  let start = 0;
  let colon = -1;
  while (start < block.length && !isLineEnd(block, start)) {
    const end = fieldEnd(block, start);
    // Looked for only once it has been passed: else many lines without a colon would each search the whole block.
    if (colon < start) colon = block.indexOf(':', start);
    if (colon === -1) return;
    if (colon < end) {
      const name = block.slice(start, colon).trimEnd();
      if (fieldName.test(name)) yield { name, start, end, valueStart: colon + 1 };
    }
    start = end;
  }
}

/** Printable but for the colon (RFC 5322 section 2.2), and octets above ASCII, which do occur. */
const fieldName = /^[!-9;-~\x80-\xff]+$/;

/** @param limit octets of the value that are looked at. @returns the value on one line, without white space around it */
export function fieldValue(block: string, field: HeaderField, limit = 65_536): string {
  const raw = block.slice(field.valueStart, Math.min(field.end, field.valueStart + limit));
  return unfold(raw).trim();
}

/** Takes out the line ends of folding (RFC 5322 section 2.2.3). */
export const unfold = (text: string): string => (text.includes('\n') ? text.replace(/\r?\n/g, '') : text);

function fieldEnd(block: string, start: number): number {
  let end = start;
  do {
    const lineEnd = block.indexOf('\n', end);
    if (lineEnd === -1) return block.length;
    end = lineEnd + 1;
  } while (block.charCodeAt(end) === 0x20 || block.charCodeAt(end) === 0x09);
  return end;
}

const isLineEnd = (block: string, at: number): boolean => block.startsWith('\n', at) || block.startsWith('\r\n', at);
