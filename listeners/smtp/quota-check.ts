import type { ResolvedRecipient } from '../../core/delivery/recipients.ts';
import type { Quotas } from '../../core/mailbox/quota.ts';
import type { PathArgument } from './edge-server.ts';
import { type Reply, reply } from './reply.ts';

/** SIZE of MAIL (RFC 1870 section 3), octets; 0 when the client says nothing. */
export function announcedSize(args: PathArgument['args']): number {
  const size = args && 'SIZE' in args ? args.SIZE : undefined;
  return typeof size === 'string' && /^\d{1,15}$/.test(size) ? Number(size) : 0;
}

const full = reply(452, '4.2.2 Mailbox full, try again later');
const neverFits = reply(552, '5.2.2 The message is larger than all that the mailbox may have');

/**
 * A recipient is put off when nobody it leads to has room for the message: its owner may make some. An alias is taken as long as one of its
 * people has room, or one is elsewhere: what was taken is delivered to all of them.
 */
export async function refusedByQuota(
  { destination }: ResolvedRecipient,
  octets: number,
  { quotas }: { readonly quotas: Quotas },
): Promise<Reply | undefined> {
  if (destination.kind !== 'local' || destination.forwards.length > 0) return undefined;
  let answer = neverFits;
  for (const account of destination.accounts) {
    const asked = await quotas.ask(account, { octets, messages: 1 }, false);
    if (asked === undefined || asked.fits) return undefined;
    const { limit } = asked.quota;
    if (limit.octets === 0 || octets <= limit.octets) answer = full;
  }
  return answer;
}
