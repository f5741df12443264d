import type { Rights } from '../../../core/accounts/rights.ts';
import type { ImapPorts } from '../answer.ts';
import { rightsBy, trustedFor } from '../current-rights.ts';
import { noPermission, noTarget, type Reached, reachMailbox } from '../reach-mailbox.ts';
import type { Authenticated, Selected } from '../state.ts';

type Ports = Pick<ImapPorts, 'mailboxes' | 'settings' | 'clock'>;

/**
 * A message may be long in coming, and what its client may do in mailboxes of others be less by then.
 * @param name of the mailbox that it is for, as the client gave it. @param reached what was found there before
 * @returns asks for the rights there as they are, or the reply when it may not be put there any more
 */
export function rightsThen(name: string, reached: Reached, state: Authenticated | Selected, ports: Ports): () => Promise<Rights | string> {
  const reachedAt = ports.clock.monotonic();
  return async () => {
    const isNow = reached.mailbox.account === state.account || ports.clock.monotonic() - reachedAt < trustedFor;
    const now = isNow ? reached : await reachMailbox(name, 'i', state, ports);
    if (typeof now === 'string') return now === 'denied' ? noPermission : noTarget;
    return now.mailbox.id === reached.mailbox.id ? now.rights : noTarget;
  };
}

/** The same for a message that is to be replaced. @returns the reply when it may not be removed any more. @throws MailboxGone */
export async function removalThen(state: Selected, { mailboxes, clock }: Ports): Promise<string | undefined> {
  if (state.mailbox.account === state.account || clock.monotonic() - state.rightsAt < trustedFor) return undefined;
  const rights = rightsBy(state, await mailboxes.acl(state.mailbox.id));
  return rights.has('t') && rights.has('e') ? undefined : noPermission;
}
