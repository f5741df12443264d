import type { SlotKey } from '../slots/slot-store.ts';
import { type AccountId, parseAccountId } from '../values/address.ts';
import type { SessionId } from '../values/ids.ts';
import { type FactsOf, isQuestion, type Parsed, type Question } from './process-facts.ts';

type Nothing = Readonly<Record<never, never>>;

/** What each question brings with it. The last three act. */
export interface ArgumentsOf {
  readonly sessions: Nothing;
  readonly settings: Nothing;
  readonly slots: Nothing;
  readonly refusals: Nothing;
  readonly process: Nothing;
  /** IMAP sessions of the account that rest. */
  readonly resting: { readonly account: AccountId };
  /** Ends a session that rests, because a newer one of its account takes its place. */
  readonly replace: { readonly session: SessionId };
  /** Ends a session because an operator wants it. */
  readonly kick: { readonly session: SessionId };
  /** Gives back slots of the key that no session uses. */
  readonly spare: { readonly key: SlotKey };
}

/** One question as it is put to a process. */
export type Request = { readonly [Q in Question]: { readonly ask: Q } & ArgumentsOf[Q] }[Question];

/** What a process answers, asked when the question comes. */
export type Answers = { readonly [Q in Question]: (asked: ArgumentsOf[Q]) => Iterable<FactsOf[Q]> };

/** @returns the request, or what is wrong with it, for whoever asked */
export function parseRequest(asked: Parsed): Request | { readonly fault: string } {
  if (asked === undefined) return { fault: 'a request is one line of JSON: {"ask":"sessions"}' };
  const { ask } = asked;
  if (!isQuestion(ask)) return { fault: `there is no request ${JSON.stringify(ask ?? null).slice(0, 60)}` };
  switch (ask) {
    case 'resting': {
      const account = typeof asked.account === 'string' ? parseAccountId(asked.account) : undefined;
      return account === undefined ? { fault: 'resting takes account: an address like "alice@example.org"' } : { ask, account };
    }
    case 'replace':
    case 'kick':
      return isId(asked.session) ? { ask, session: asked.session } : { fault: `${ask} takes session: the id of one` };
    case 'spare':
      return isKey(asked.key) ? { ask, key: asked.key } : { fault: 'spare takes key: a slot key like "imap/sessions"' };
    default:
      return { ask };
  }
}

const longestKey = 400; // characters: the longest name of a limit and the longest address

const isId = (value: unknown): value is SessionId => typeof value === 'string' && /^[0-9A-Za-z]{1,40}$/.test(value);
const isKey = (value: unknown): value is SlotKey => typeof value === 'string' && value.length <= longestKey && /^[a-z0-9]+\/./.test(value);

/** Of the answers, the one to this request. */
export function answersTo(answers: Answers, request: Request): Iterable<object> {
  // The request came with the arguments of its own question: what the types can't follow through an index.
  return (answers[request.ask] as (asked: Request) => Iterable<object>)(request);
}

const word = 'kick ';

/** How a request to end a session stands in a holder's row, for a process that cannot be talked to. */
export const kickRequest = (session: SessionId): string => `${word}${session}`;

/** @returns the session that a request in a holder's row wants ended; undefined for any other request */
export const requestedKick = (request: string): SessionId | undefined => {
  const id = request.startsWith(word) ? request.slice(word.length) : undefined;
  return isId(id) ? id : undefined;
};
