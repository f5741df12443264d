import type { Maildrop } from './maildrop.ts';
import type { Verb } from './wire/command.ts';

/** A POP3 session (RFC 1939 section 3). UPDATE is no state of ours: QUIT does its work and leads to `closing`. */
export type Pop3State = Authorization | Transaction | Closing;

export interface Authorization {
  readonly at: 'authorization';
  /** The client takes UTF-8 in headers (RFC 6856). */
  readonly utf8: boolean;
  /** Named by USER; PASS must follow. */
  readonly user?: string;
}

export interface Transaction {
  readonly at: 'transaction';
  readonly maildrop: Maildrop;
  readonly utf8: boolean;
}

export interface Closing {
  readonly at: 'closing';
}

export const start: Authorization = { at: 'authorization', utf8: false };
export const closing: Closing = { at: 'closing' };

/** Where each verb is legal. Elsewhere the session answers so and no handler runs. */
const legal = {
  CAPA: ['authorization', 'transaction'],
  STLS: ['authorization'],
  UTF8: ['authorization'],
  USER: ['authorization'],
  PASS: ['authorization'],
  AUTH: ['authorization'],
  STAT: ['transaction'],
  LIST: ['transaction'],
  UIDL: ['transaction'],
  RETR: ['transaction'],
  TOP: ['transaction'],
  DELE: ['transaction'],
  RSET: ['transaction'],
  NOOP: ['transaction'],
  QUIT: ['authorization', 'transaction'],
} as const satisfies Record<Verb, readonly Pop3State['at'][]>;

/** The states in which a verb's handler can find itself. */
export type StateOf<V extends Verb> = Extract<Pop3State, { at: (typeof legal)[V][number] }>;

export const isLegal = (verb: Verb, state: Pop3State): boolean => (legal[verb] as readonly Pop3State['at'][]).includes(state.at);
