import type { Refusal, RefusalTable } from '../../core/values/refusal.ts';

type Reply = `NO ${string}`;

/**
 * Refusals as IMAP says them after a tag. The codes are those of RFC 5530 and RFC 9051 that clients don't take for a wrong password:
 * [LIMIT] and [UNAVAILABLE] keep a client from asking its user for a new one.
 */
const imapRefusal = {
  'total-full': () => 'NO [UNAVAILABLE] Server too busy, try again later',
  'address-full': ({ used, limit }) => `NO [LIMIT] Too many connections from this address! (${used} of ${limit})`,
  'account-full': ({ used, limit }) => `NO [LIMIT] Too many logins for this user (${used} of ${limit})`,
  'bad-credentials': () => 'NO [AUTHENTICATIONFAILED] Wrong user name or password',
  'too-many-failed-logins': () => 'NO Too many failed logins',
  'login-busy': () => 'NO [UNAVAILABLE] Too many logins at this moment, try again later',
  'encryption-required': () => 'NO [PRIVACYREQUIRED] Encryption is required before a password may be sent',
  'login-disabled': () => 'NO [CANNOT] This way of logging in is switched off',
  'no-certificate': () => 'NO [CANNOT] There is no valid client certificate on this connection',
  'nothing-public': () => 'NO [CANNOT] Nothing is public here',
  'store-unavailable': () => 'NO [UNAVAILABLE] Try again later',
  'commands-full': () => 'NO [LIMIT] Too many commands are running, try again later',
  'fetches-full': () => 'NO [LIMIT] Too many current FETCHes active',
  'searches-full': () => 'NO [LIMIT] Too many concurrent searches - try again later',
  draining: () => 'NO [UNAVAILABLE] Server is shutting down, try again later',
  'maildrop-locked': () => 'NO [INUSE] The mailbox is in use',
} satisfies RefusalTable<Reply>;

/** @returns a tagged reply without its tag */
export function refusalReply(refusal: Refusal): string {
  const say = imapRefusal[refusal.refused] as (refusal: Refusal) => Reply; // the table pairs each kind with its own shape
  return say(refusal);
}

/** @returns the same words as a goodbye, without CRLF */
export const refusalBye = (refusal: Refusal): string => `* BYE ${refusalReply(refusal).slice('NO '.length)}`;

/** What a connection that is not admitted gets instead of the greeting (RFC 3501 section 7.1.5). */
export const refuseGreeting = (refusal: Refusal): string => `${refusalBye(refusal)}\r\n`;
