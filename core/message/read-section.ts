import type { MessageFacts, MimePart } from '../values/message-facts.ts';
import type { Section } from '../values/section.ts';
import { headerFields } from './header.ts';

/** Octets of the stored body, `from` inclusive, `to` exclusive. */
export interface OctetRange {
  readonly from: number;
  readonly to: number;
}

/** A message as it is read: the delivered prefix, then the stored body that `facts` describe. */
export interface ReadableMessage {
  readonly prefix: string;
  readonly facts: MessageFacts;
}

/**
 * Where a section's octets stand: first `prefix` (latin1), then `range` of the body.
 * With `filter` these octets are a header of which only some fields are wanted: read them all (at most `maxFilteredHeader`), and
 * `filterHeader` gives the section. Without it the section's size is `size` and it can be streamed.
 */
export interface SectionSource {
  readonly prefix: string;
  readonly range: OctetRange;
  readonly size: number;
  readonly filter?: HeaderFilter;
}

export interface HeaderFilter {
  readonly fields: readonly string[];
  /** HEADER.FIELDS.NOT: all but these. */
  readonly not: boolean;
}

/** A header is looked at up to here for HEADER.FIELDS; what is longer comes cut. */
export const maxFilteredHeader = 1_048_576;

/** @returns undefined when the message has no such part, which FETCH answers with NIL. RFC 3501 section 6.4.5 */
export function readSection({ prefix, facts }: ReadableMessage, section: Section): SectionSource | undefined {
  if (section.path.length === 0) return ofMessage(facts.structure, prefix, section);
  const part = findPart(facts.structure, section.path);
  if (part === undefined) return undefined;
  if (section.text === 'all') return source('', part.bodyStart, part.bodyEnd);
  // Part 1 of a message that is no multipart has the message's own header: its MIME fields stand there.
  if (section.text === 'MIME') return source('', part.headerStart, part.bodyStart);
  // HEADER and TEXT of a part are those of the message inside it.
  return part.message === undefined ? undefined : ofMessage(part.message.structure, '', section);
}

function ofMessage(structure: MimePart, prefix: string, { text, fields }: Section): SectionSource | undefined {
  const { headerStart, bodyStart, bodyEnd } = structure;
  switch (text) {
    case 'all':
      return source(prefix, headerStart, bodyEnd);
    case 'TEXT':
      return source('', bodyStart, bodyEnd);
    case 'HEADER':
      return source(prefix, headerStart, bodyStart);
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT':
      return {
        ...source(prefix, headerStart, Math.min(bodyStart, headerStart + maxFilteredHeader)),
        filter: { fields: fields ?? [], not: text === 'HEADER.FIELDS.NOT' },
      };
    default:
      return undefined;
  }
}

const source = (prefix: string, from: number, to: number): SectionSource => ({
  prefix,
  range: { from, to },
  size: prefix.length + to - from,
});

/** Cuts `<offset.count>` out of a section that is not filtered; past its end there is nothing, which is no error. */
export function cutSection({ prefix, range }: SectionSource, offset: number, count: number): SectionSource {
  const cut = prefix.slice(offset, offset + count);
  const from = Math.min(range.to, range.from + Math.max(0, offset - prefix.length));
  const to = Math.min(range.to, from + count - cut.length);
  return source(cut, from, to);
}

/** Numbers lead through multiparts; a message/rfc822 is stepped into on the way; part 1 of what is no multipart is that itself. */
export function findPart(structure: MimePart, path: readonly number[]): MimePart | undefined {
  let container: MimePart | undefined = structure;
  let found: MimePart | undefined;
  for (const number of path) {
    if (found !== undefined) container = found.message?.structure ?? (found.parts === undefined ? undefined : found);
    if (container?.parts !== undefined) found = container.parts[number - 1];
    else found = number === 1 ? container : undefined;
    if (found === undefined) return undefined;
  }
  return found;
}

/**
 * @param header octets of a header, blank line included, as latin1
 * @returns the fields wanted, as they stand, and always a blank line behind them (RFC 3501 section 6.4.5)
 */
export function filterHeader(header: string, { fields, not }: HeaderFilter): string {
  const wanted = new Set(fields.map((field) => field.toLowerCase()));
  let kept = '';
  for (const { name, start, end } of headerFields(header)) {
    if (wanted.has(name.toLowerCase()) !== not) kept += header.slice(start, end);
  }
  return `${kept === '' || kept.endsWith('\n') ? kept : `${kept}\r\n`}\r\n`;
}
