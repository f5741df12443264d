import { allRights, type Right, type Rights } from '../../core/accounts/rights.ts';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import type { ImapPorts } from './answer.ts';
import type { Authenticated, Selected } from './state.ts';

/** A mailbox that a client has named, and what its account may do in it. */
export interface Reached {
  readonly mailbox: Mailbox;
  readonly rights: Rights;
}

/**
 * Finds the mailbox that a command names.
 * @param right what the command needs there (RFC 4314 section 4)
 * @returns `absent` also for one that the account may not look up: the two must look the same (RFC 4314 section 6)
 */
export async function reachMailbox(
  name: string,
  right: Right,
  { account }: Pick<Authenticated | Selected, 'account'>,
  { mailboxes }: Pick<ImapPorts, 'mailboxes'>,
): Promise<Reached | 'absent' | 'denied'> {
  const mailbox = await mailboxes.find(account, name);
  if (mailbox === undefined) return 'absent';
  return allRights.has(right) ? { mailbox, rights: allRights } : 'denied';
}

export const noMailbox = 'NO [NONEXISTENT] No such mailbox';
/** The client may make it and try again (RFC 3501 section 7.1). */
export const noTarget = 'NO [TRYCREATE] No such mailbox';
export const noPermission = 'NO [NOPERM] Permission denied';
