import { isWithin, plus } from '../../core/mailbox/quota.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Amount } from '../../core/values/amount.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import { inNumberSet, type NumberSet, sizeOfNumberSet } from '../../core/values/number-set.ts';
import type { ImapPorts } from './answer.ts';
import { noteQuota, overQuota } from './quota-check.ts';
import type { Responses } from './responses.ts';

interface Copies {
  readonly from: MailboxId;
  readonly uids: NumberSet;
  /** Of the mailbox that they go to. */
  readonly owner: AccountId;
  /** Who copies. */
  readonly account: AccountId;
}

type Ports = Pick<ImapPorts, 'quotas' | 'mailboxes'> & { readonly out: Responses };

/**
 * Is there room for copies of messages? Sizes are read only where a quota is set and the whole mailbox would not fit.
 * @returns what to answer when there is none; else what is to be done when they were made
 * @throws MailboxGone
 */
export async function roomForCopies({ from, uids, owner, account }: Copies, ports: Ports): Promise<string | (() => Promise<void> | void)> {
  const { quotas, mailboxes } = ports;
  const messages = sizeOfNumberSet(uids);
  const asked = await quotas.ask(owner, { octets: 0, messages });
  if (asked === undefined) return () => {};
  if (!asked.fits) return overQuota;
  const all = await mailboxes.status(from);
  const most: Amount = { octets: all.size, messages };
  if (isWithin(plus(asked.quota.usage, most), asked.quota.limit)) {
    // Of some messages it is too much, which is forgotten soon: before it would keep anything out, usage is read again.
    return () => (messages === all.messages ? noteQuota(owner, most, account, ports) : quotas.note(owner, most));
  }
  const octets = (await mailboxes.sizes(from)).reduce((sum, { uid, size }) => (inNumberSet(uids, uid) ? sum + size : sum), 0);
  const more: Amount = { octets, messages };
  const again = await quotas.ask(owner, more);
  return again?.fits === false ? overQuota : () => noteQuota(owner, more, account, ports);
}
