import { type Parsed, parsedObject } from '../../../core/observe/process-facts.ts';
import { parseRequest, type Request } from '../../../core/observe/process-requests.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { longestText } from './sealed-frames.ts';

/** What is said in frames, each one JSON object. Who asks numbers its questions, and answers bear the number. */
export type Said =
  | { readonly say: 'changed'; readonly mailboxes: readonly MailboxId[] }
  | { readonly say: 'asked'; readonly id: number; readonly request: Request | { readonly fault: string } };

/** Of an answer: any number of parts with facts, then the last. */
export interface AnswerPart {
  readonly id: number;
  readonly facts: readonly NonNullable<Parsed>[];
  readonly isLast: boolean;
}

/** So many ids are some 30 KB. */
export const mostMailboxes = 1_000;
const longestId = 64;
/** Characters, so that a part fits into its frame whatever alphabet it is in. */
const fullPart = longestText / 4;

export const changedText = (mailboxes: readonly MailboxId[]): Buffer => Buffer.from(JSON.stringify({ changed: mailboxes }));
export const askedText = (id: number, request: Request): Buffer => Buffer.from(JSON.stringify({ id, asked: request }));

/** @returns undefined for what is neither a hint nor a question */
export function parseSaid(text: Buffer): Said | undefined {
  const { changed, asked, id } = parsedObject(text.toString()) ?? {};
  if (Array.isArray(changed))
    return changed.length <= mostMailboxes && changed.every(isMailboxId) ? { say: 'changed', mailboxes: changed } : undefined;
  if (typeof asked !== 'object' || asked === null || !isNumber(id)) return undefined;
  return { say: 'asked', id, request: parseRequest(asked as Parsed) };
}

/** Facts as parts that each fit into a frame. One that is longer than a part is left out: none of ours is. */
export function* answerParts(id: number, facts: Iterable<object>): Generator<Buffer> {
  let part: string[] = [];
  let length = 0;
  for (const fact of facts) {
    const json = JSON.stringify(fact);
    if (json.length > fullPart) continue;
    if (length + json.length > fullPart) {
      yield partText(id, part, false);
      [part, length] = [[], 0];
    }
    part.push(json);
    length += json.length + 1;
  }
  yield partText(id, part, true);
}

const partText = (id: number, facts: readonly string[], isLast: boolean): Buffer =>
  Buffer.from(`{"id":${id},"last":${isLast},"facts":[${facts.join(',')}]}`);

export function parseAnswerPart(text: Buffer): AnswerPart | undefined {
  const { id, last, facts } = parsedObject(text.toString()) ?? {};
  if (!isNumber(id) || typeof last !== 'boolean' || !Array.isArray(facts)) return undefined;
  return { id, isLast: last, facts: facts.filter((fact): fact is NonNullable<Parsed> => typeof fact === 'object' && fact !== null) };
}

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value);
const isMailboxId = (value: unknown): value is MailboxId => typeof value === 'string' && value.length > 0 && value.length <= longestId;
