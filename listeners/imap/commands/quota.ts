import { isAnonymous } from '../../../core/accounts/principal.ts';
import type { Quota } from '../../../core/mailbox/quota.ts';
import type { Handler } from '../answer.ts';
import { noMailbox, noPermission, reachMailbox } from '../reach-mailbox.ts';
import { namesAreUtf8 } from '../wire/agreed.ts';
import { formatMailbox } from '../wire/format.ts';

/** The one quota root that an account can see: that of its own mailboxes. */
const ownRoot = '';

const kilo = 1024; // STORAGE counts units of so many octets (RFC 9208 section 5.1)

/** @returns both resources that have a limit, usage first; what is begun of a unit is used */
export function quotaLine({ limit, usage }: Quota): string {
  const storage = limit.octets === 0 ? [] : [`STORAGE ${Math.ceil(usage.octets / kilo)} ${Math.floor(limit.octets / kilo)}`];
  const messages = limit.messages === 0 ? [] : [`MESSAGE ${usage.messages} ${limit.messages}`];
  return `* QUOTA "" (${[...storage, ...messages].join(' ')})`;
}

/** GETQUOTA (RFC 9208 section 4.1.1). Without a limit there is no root. */
export const getQuota: Handler<'GETQUOTA'> = async ({ root }, state, { quotas, out }) => {
  const quota = root === ownRoot && !isAnonymous(state.account) ? await quotas.read(state.account) : undefined;
  if (quota === undefined) return { state, reply: 'NO [NONEXISTENT] No such quota root' };
  await out.line(quotaLine(quota));
  return { state, reply: 'OK GETQUOTA completed' };
};

/** GETQUOTAROOT (RFC 9208 section 4.1.2): of others' mailboxes no root is told, for how much they have is not for everybody to know. */
export const getQuotaRoot: Handler<'GETQUOTAROOT'> = async ({ mailbox: name }, state, ports) => {
  const { quotas, out } = ports;
  const reached = await reachMailbox(name, 'r', state, ports);
  if (reached === 'denied') return { state, reply: noPermission };
  if (reached === 'absent') return { state, reply: noMailbox };
  const quota = reached.mailbox.account === state.account ? await quotas.read(state.account) : undefined;
  await out.line(`* QUOTAROOT ${formatMailbox(reached.name, namesAreUtf8(state.agreed))}${quota === undefined ? '' : ' ""'}`);
  if (quota !== undefined) await out.line(quotaLine(quota));
  return { state, reply: 'OK GETQUOTAROOT completed' };
};

/** SETQUOTA is for operators, who have a command of their own; QUOTASET is not announced. */
export const setQuota: Handler<'SETQUOTA'> = (_command, state) => ({ state, reply: 'NO [NOPERM] Quotas are set by the operator' });
