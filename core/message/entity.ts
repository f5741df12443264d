import type { Envelope, MimePart } from '../values/message-facts.ts';
import type { EntityHeader } from './entity-header.ts';

/** A MIME entity while it is being received. Offsets are octets from the start of the message. */
export interface Entity {
  readonly headerStart: number;
  /** Of which kind it is when it does not say: message/rfc822 in a multipart/digest. */
  readonly defaultType: 'text/plain' | 'message/rfc822';
  /** Is the header a message's, with an envelope? */
  readonly isMessage: boolean;
  header: EntityHeader | undefined;
  envelope: Envelope | undefined;
  bodyStart: number;
  bodyEnd: number;
  lines: number;
  /** Line ends counted before the body. */
  linesBefore: number;
  /** Which of the open boundaries is its own. */
  level: number | undefined;
  /** Parts of a multipart, or the one message in a message/rfc822. */
  readonly children: Entity[];
}

export const newEntity = (headerStart: number, isMessage: boolean, defaultType: Entity['defaultType'] = 'text/plain'): Entity => ({
  headerStart,
  defaultType,
  isMessage,
  header: undefined,
  envelope: undefined,
  bodyStart: headerStart,
  bodyEnd: headerStart,
  lines: 0,
  linesBefore: 0,
  level: undefined,
  children: [],
});

export const emptyEnvelope: Envelope = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] };

const plainText: EntityHeader = { type: 'text', subtype: 'plain', params: [['charset', 'us-ascii']], encoding: '7bit' };

/** A message inside a part has an envelope of its own; for other types the encoding may not be the identity. */
export const holdsMessage = ({ type, subtype }: EntityHeader): boolean =>
  type === 'message' && (subtype === 'rfc822' || subtype === 'global');

/** @returns the part as facts have it, everything inside included */
export function toPart(entity: Entity): MimePart {
  const { boundary: _, ...header } = entity.header ?? plainText;
  const part = { ...header, headerStart: entity.headerStart, bodyStart: entity.bodyStart, bodyEnd: entity.bodyEnd };
  if (header.type === 'multipart') return { ...part, lines: 0, parts: partsOf(entity) };
  const [inner] = entity.children;
  if (inner !== undefined)
    return { ...part, lines: entity.lines, message: { envelope: inner.envelope ?? emptyEnvelope, structure: toPart(inner) } };
  return { ...part, lines: header.type === 'text' ? entity.lines : 0 };
}

/** IMAP has no multipart without parts (RFC 9051 section 9, body-type-mpart). */
function partsOf({ children, bodyStart }: Entity): readonly MimePart[] {
  if (children.length > 0) return children.map(toPart);
  return [{ ...plainText, headerStart: bodyStart, bodyStart, bodyEnd: bodyStart, lines: 0 }];
}
