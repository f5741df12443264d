import type { Refusal, RefusalTable } from '../../core/values/refusal.ts';
import type { Ending } from '../net/session.ts';

export type ErrLine = `-ERR ${string}`;

/**
 * `[AUTH]` only where other credentials would help, `[IN-USE]` only for a maildrop that is open elsewhere, `[SYS/TEMP]` where trying
 * later helps: a client must never ask its user for a password because we are full (RFC 2449 section 8, RFC 3206).
 */
const pop3Refusal = {
  'total-full': () => '-ERR [SYS/TEMP] Server too busy, try again later',
  'address-full': ({ used, limit }) => `-ERR [SYS/TEMP] Too many connections from this address! (${used} of ${limit})`,
  'account-full': ({ used, limit }) => `-ERR [SYS/TEMP] Too many logins for this user (${used} of ${limit})`,
  'bad-credentials': () => '-ERR [AUTH] Wrong user name or password',
  'too-many-failed-logins': () => '-ERR [AUTH] Too many failed logins',
  'login-busy': () => '-ERR [SYS/TEMP] Too many logins are being checked, try again later',
  'encryption-required': () => '-ERR [SYS/PERM] Start TLS before you log in',
  'login-disabled': () => '-ERR [SYS/PERM] This way of logging in is switched off',
  'no-certificate': () => '-ERR [SYS/PERM] There is no valid client certificate on this connection',
  'nothing-public': () => '-ERR [SYS/PERM] Nothing is public here',
  'store-unavailable': () => '-ERR [SYS/TEMP] Try again later',
  'commands-full': () => '-ERR [SYS/TEMP] Server too busy, try again later',
  'fetches-full': () => '-ERR [SYS/TEMP] Server too busy, try again later',
  'searches-full': () => '-ERR [SYS/TEMP] Server too busy, try again later',
  draining: () => '-ERR [SYS/TEMP] Server is shutting down, try again later',
  'maildrop-locked': () => '-ERR [IN-USE] Another session has this maildrop open',
} satisfies RefusalTable<ErrLine>;

export function refusalReply(refusal: Refusal): ErrLine {
  // The table has an answer of the right parameter for each kind; TypeScript cannot follow a kind through an index.
  const answer = pop3Refusal[refusal.refused] as (refusal: Refusal) => ErrLine;
  return answer(refusal);
}

/** Instead of the greeting. */
export const refuseGreeting = (refusal: Refusal): string => `${refusalReply(refusal)}\r\n`;

/** Goodbye between commands, to a client that did not ask for it. */
export const goodbye: Readonly<Record<Ending, ErrLine>> = {
  draining: '-ERR [SYS/TEMP] Server is shutting down, try again later',
  kicked: '-ERR [SYS/TEMP] Session ended by the operator',
  'credentials-changed': '-ERR [AUTH] Password changed, log in again',
  'slots-lost': '-ERR [SYS/TEMP] Try again later',
  replaced: '-ERR [SYS/TEMP] Ended for a newer session of this account',
  'login-too-slow': '-ERR [SYS/TEMP] No login in time',
};
