import type { Refusal, RefusalTable } from '../../core/values/refusal.ts';
import type { Ending } from '../net/session.ts';
import { type Reply, reply } from './reply.ts';

type HostReply = (host: string) => Reply;

const busy = 'Server too busy, try again later';

/** Our refusals as SMTP says them (RFC 5321, RFC 3463, RFC 4954 section 6). */
const replies = {
  'total-full': () => (host) => reply(421, `4.3.2 ${host} ${busy}`),
  'address-full':
    ({ used, limit }) =>
    (host) =>
      reply(421, `4.7.0 ${host} Too many connections from this address! (${used} of ${limit})`),
  'account-full':
    ({ used, limit }) =>
    () =>
      reply(454, `4.7.0 Too many logins for this user (${used} of ${limit}), try again later`),
  'bad-credentials': () => () => reply(535, '5.7.8 Authentication credentials invalid'),
  'too-many-failed-logins': () => () => reply(421, '4.7.0 Too many failed logins'),
  'login-busy': () => () => reply(454, '4.7.0 Temporary authentication failure, try again later'),
  'encryption-required': () => () => reply(538, '5.7.11 Encryption required for authentication'),
  'login-disabled': () => () => reply(504, '5.5.4 This way of logging in is switched off'),
  'no-certificate': () => () => reply(504, '5.5.4 There is no valid client certificate on this connection'),
  'nothing-public': () => () => reply(504, '5.5.4 Nothing is public here'),
  'store-unavailable': () => () => reply(421, '4.3.0 Try again later'),
  'commands-full': () => () => reply(451, `4.3.2 ${busy}`),
  'fetches-full': () => () => reply(451, `4.3.2 ${busy}`),
  'searches-full': () => () => reply(451, `4.3.2 ${busy}`),
  draining: () => (host) => reply(421, `4.3.2 ${host} Service closing, try again later`),
  'maildrop-locked': () => () => reply(450, '4.2.1 Mailbox in use, try again later'),
} satisfies RefusalTable<HostReply>;

export function refusalReply(refusal: Refusal, host: string): Reply {
  const row = replies[refusal.refused] as (refusal: Refusal) => HostReply;
  return row(refusal)(host);
}

/** Instead of the greeting, so whatever the table says for a later moment is said with a code that ends the session (RFC 5321 section 3.1). */
export function greetingRefusal(refusal: Refusal, host: string): string {
  const { code, text } = refusalReply(refusal, host);
  return `${code === 554 ? code : 421} ${text}\r\n`;
}

const endings: Readonly<Record<Ending, HostReply>> = {
  draining: (host) => reply(421, `4.3.2 ${host} Service closing, try again later`),
  kicked: (host) => reply(421, `4.3.2 ${host} Session ended by the operator`),
  'credentials-changed': (host) => reply(421, `4.7.0 ${host} Your password was changed, log in again`),
  'slots-lost': () => reply(421, '4.3.0 Try again later'),
  replaced: (host) => reply(421, `4.3.2 ${host} Ended for a newer session of this account`),
  'login-too-slow': (host) => reply(421, `4.4.2 ${host} Time to log in is over`),
};

export const endingReply = (why: Ending, host: string): Reply => endings[why](host);
