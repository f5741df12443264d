import type { MessageFacts } from '../values/message-facts.ts';
import { Boundaries, type Delimiter } from './boundaries.ts';
import { type Entity, emptyEnvelope, holdsMessage, newEntity, toPart } from './entity.ts';
import { dateOf, type EntityHeader, entityHeader, envelopeOf, readFields } from './entity-header.ts';
import { referencesIn } from './message-ids.ts';
import { TextBudget } from './text-budget.ts';

/** Entities inside each other; what is deeper is one octet-stream. */
export const maxDepth = 100;
/** Entities of one message; what comes after is part of the last one. */
export const maxParts = 10_000;

/** The structure of a message while it grows: told of header blocks, delimiter lines and line ends, in their order. */
export class MimeTree {
  readonly boundaries = new Boundaries();
  readonly #budget = new TextBudget();
  readonly #root = newEntity(0, true);
  /** From the root to the innermost entity that is open. */
  readonly #open: Entity[] = [this.#root];
  #entities = 1;
  #date: number | undefined;
  #references: readonly string[] = [];
  /** Between what has been told last and the next boundary stands the text that the boundary's line break is taken from. */
  #floor = 0;

  /** The octets now coming belong to the header of the innermost entity. */
  inHeader = true;
  /** How many open entities want to know their lines; while none does, line ends need not be told. */
  counting = 0;

  lineCount = 0;
  lineStart = 0;
  previousLineStart = 0;
  /** Octets of the last line end: 2 for CRLF, 1 for LF. */
  lastBreak = 0;

  lineEnds(end: number, octets: number): void {
    this.lineCount++;
    this.previousLineStart = this.lineStart;
    this.lineStart = end;
    this.lastBreak = octets;
  }

  /** @param block the header's octets as latin1. @param bodyStart behind its blank line. A header may begin right there: `inHeader` */
  headerEnds(block: string, bodyStart: number): void {
    const entity = this.#innermost();
    const fields = readFields(block, entity.isMessage, this.#budget);
    const header = this.#limited(entityHeader(fields, entity.defaultType));
    entity.header = header;
    entity.bodyStart = bodyStart;
    entity.linesBefore = this.lineCount;
    if (entity.isMessage) entity.envelope = envelopeOf(fields);
    if (entity === this.#root) {
      this.#date = dateOf(fields);
      this.#references = referencesIn(fields.get('references'));
    }
    this.#floor = bodyStart;
    this.inHeader = false;
    if (countsLines(header)) this.counting++;
    if (holdsMessage(header)) this.#begin(newEntity(bodyStart, true));
    else this.#expectParts(entity, header);
  }

  /** @param lineStart of the delimiter line. @param lineEnd behind it. @param block of the header that it cuts off, if one is open */
  delimiter({ level, closes }: Delimiter, lineStart: number, lineEnd: number, block: string): void {
    // The line break before a boundary is the boundary's (RFC 2046 section 5.1.1), unless it ended a header or another boundary.
    const end = Math.max(lineStart - this.lastBreak, this.#floor);
    this.#closeHeaders(block, end);
    while (this.#innermost().level !== level) this.#close(end, lineStart);
    const multipart = this.#innermost();
    this.boundaries.cut(closes ? level : level + 1);
    this.#floor = lineEnd;
    if (closes) multipart.level = undefined;
    else this.#begin(newEntity(lineEnd, false, multipart.header?.subtype === 'digest' ? 'message/rfc822' : 'text/plain'));
  }

  /** @param size of the whole message. @param block of the header that ends with it, if one is open */
  end(size: number, block: string): MessageFacts {
    this.#closeHeaders(block, size);
    while (this.#open.length > 0) this.#close(size, size);
    const facts = {
      size,
      references: this.#references,
      envelope: this.#root.envelope ?? emptyEnvelope,
      structure: toPart(this.#root),
    };
    return this.#date === undefined ? facts : { ...facts, date: this.#date };
  }

  #closeHeaders(block: string, end: number): void {
    let rest = block;
    while (this.inHeader) {
      this.headerEnds(rest, end);
      rest = '';
    }
  }

  #begin(entity: Entity): void {
    this.#innermost().children.push(entity);
    this.#open.push(entity);
    this.#entities++;
    this.#floor = entity.headerStart;
    this.inHeader = true;
    if (this.#entities >= maxParts) this.boundaries.cut(0);
  }

  #expectParts(entity: Entity, { boundary }: EntityHeader): void {
    if (boundary === undefined || this.#entities >= maxParts) return;
    const level = this.boundaries.push(boundary);
    if (level !== undefined) entity.level = level;
  }

  #limited(header: EntityHeader): EntityHeader {
    const leaf = header.type !== 'multipart' && !holdsMessage(header);
    if (leaf || (this.#open.length < maxDepth && this.#entities < maxParts)) return header;
    const { boundary: _, ...rest } = header;
    return { ...rest, type: 'application', subtype: 'octet-stream', params: [] };
  }

  #close(end: number, lineStart: number): void {
    const entity = this.#open.pop();
    if (entity === undefined) return;
    entity.bodyEnd = end;
    entity.lines = this.#linesOf(entity, lineStart);
    if (entity.header !== undefined && countsLines(entity.header)) this.counting--;
  }

  /** A last line without a line end is a line too. */
  #linesOf({ bodyStart, bodyEnd, linesBefore }: Entity, lineStart: number): number {
    if (bodyEnd <= bodyStart) return 0;
    const taken = bodyEnd < lineStart;
    const unfinished = (taken ? this.previousLineStart : this.lineStart) < bodyEnd;
    return this.lineCount - linesBefore - (taken ? 1 : 0) + (unfinished ? 1 : 0);
  }

  #innermost(): Entity {
    return this.#open.at(-1) ?? this.#root;
  }
}

const countsLines = (header: EntityHeader): boolean => header.type === 'text' || holdsMessage(header);
