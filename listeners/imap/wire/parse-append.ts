import type { Agreed } from './agreed.ts';
import type { AppendLine, AppendPiece, AppendPlace, Verb } from './command.ts';
import type { Literal } from './framing.ts';
import { internalDate } from './parse-date.ts';
import { type Refused, refusedBy } from './parse-refused.ts';
import { flagList, mailboxName, sequenceSet } from './parse-words.ts';
import { LiteralWanted, Scanner, SyntaxFault } from './scanner.ts';

const message = 'the message as a literal';

/** APPEND behind the verb, up to where octets of a message begin. */
export function parseAppend(scanner: Scanner, agreed: Agreed): Verb {
  scanner.space('a mailbox name');
  const mailbox = mailboxName(scanner, agreed);
  return { verb: 'APPEND', mailbox, line: lineFrom(scanner, 'message') };
}

/** REPLACE and UID REPLACE behind the verb (RFC 8508 section 3). */
export function parseReplace(scanner: Scanner, uid: boolean, agreed: Agreed): Verb {
  const number = uid ? 'a UID' : 'a message number';
  scanner.space(number);
  const set = sequenceSet(scanner);
  const [only] = set;
  if (set.length !== 1 || only === undefined || only === '$' || only.from !== only.to) throw new SyntaxFault(`Expected ${number} alone`);
  scanner.space('a mailbox name');
  const mailbox = mailboxName(scanner, agreed);
  return { verb: 'REPLACE', uid, set, mailbox, line: lineFrom(scanner, 'message') };
}

export type ParsedAppendLine =
  | ({ readonly kind: 'line' } & AppendLine)
  /** As of parseCommand. */
  | ({ readonly kind: 'literal' } & Literal)
  | Refused;

/**
 * What comes behind octets of a message that were read from the connection. Never throws; linear in the size of what was received.
 * @param received as of parseCommand. @param place where the line before said that the grammar goes on
 */
export function parseAppendLine(received: readonly Buffer[], place: AppendPlace): ParsedAppendLine {
  const scanner = new Scanner(received);
  try {
    return { kind: 'line', ...lineFrom(scanner, place) };
  } catch (fault) {
    if (fault instanceof LiteralWanted) return { kind: 'literal', ...fault.literal };
    if (fault instanceof SyntaxFault) return refusedBy(fault, undefined, received);
    throw fault;
  }
}

/** Where the grammar stands, with no octets to wait for. */
type Step = AppendPlace | 'message' | 'part' | 'between';
type Steps = { readonly [S in Step]: (scanner: Scanner, pieces: AppendPiece[]) => Step | { readonly then: AppendPlace } | 'whole' };

/** @returns all that the line says from there on */
function lineFrom(scanner: Scanner, step: Step): AppendLine {
  const pieces: AppendPiece[] = [];
  for (let at = step; ; ) {
    const next = steps[at](scanner, pieces);
    if (next === 'whole') return { pieces };
    if (typeof next === 'object') return { pieces, ...next };
    at = next;
  }
}

const steps: Steps = {
  octets: (_, pieces) => ended(pieces),

  utf8(scanner, pieces) {
    scanner.expect(')', '")" behind the literal of UTF8');
    return ended(pieces);
  },

  /** Another message may follow (RFC 3502). */
  between: (scanner) => (scanner.atEnd ? 'whole' : 'message'),

  message(scanner, pieces) {
    scanner.space(message);
    const hasFlags = scanner.next === '(';
    const flags = hasFlags ? flagList(scanner) : [];
    if (hasFlags) scanner.space(message);
    const date = scanner.next === '"' ? internalDate(scanner) : undefined;
    if (date !== undefined) scanner.space(message);
    pieces.push({ piece: 'message', flags, ...(date === undefined ? {} : { internalDate: date }) });
    if (scanner.skip('CATENATE (')) return 'part';
    return scanner.skip('UTF8 (') ? utf8Text(scanner, pieces, 'utf8') : text(scanner, pieces, 'octets', message);
  },

  /** RFC 4469 section 5. */
  part(scanner, pieces) {
    if (scanner.skip('TEXT ')) return text(scanner, pieces, 'catenate', 'a literal');
    if (scanner.skip('UTF8 (')) return utf8Text(scanner, pieces, 'catenate-utf8');
    scanner.expect('URL ', 'TEXT and a literal, or URL and a URL');
    pieces.push({ piece: 'url', url: scanner.astring('a URL') });
    return 'catenate';
  },

  catenate(scanner, pieces) {
    if (scanner.skip(')')) return ended(pieces);
    scanner.expect(' ', 'a space or ")"');
    return 'part';
  },

  'catenate-utf8'(scanner) {
    scanner.expect(')', '")" behind the literal of UTF8');
    return 'catenate';
  },
};

function ended(pieces: AppendPiece[]): Step {
  pieces.push({ piece: 'end' });
  return 'between';
}

function text(scanner: Scanner, pieces: AppendPiece[], then: AppendPlace, expected: string): { readonly then: AppendPlace } {
  pieces.push({ piece: 'text', ...scanner.streamedLiteral(expected) });
  return { then };
}

/** RFC 6855 section 4. It is text all the same: what a literal8 may hold beyond a literal is NUL, and no header has that. */
function utf8Text(scanner: Scanner, pieces: AppendPiece[], then: AppendPlace): { readonly then: AppendPlace } {
  const { size, nonSync, literal8 } = scanner.streamedLiteral('a literal8');
  if (!literal8) throw new SyntaxFault('UTF8 needs a literal8: ~{octets}');
  pieces.push({ piece: 'text', size, nonSync, literal8: false });
  return { then };
}
