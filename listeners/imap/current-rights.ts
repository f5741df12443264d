import { rightsOf } from '../../core/accounts/acl.ts';
import type { Rights } from '../../core/accounts/rights.ts';
import { type MailboxDelta, MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import type { ImapPorts } from './answer.ts';
import { isReadOnly } from './may-flag.ts';
import { type ImapState, isLegal, type Selected } from './state.ts';
import type { VerbName } from './wire/command.ts';

/**
 * How long what was told of rights in another's mailbox is taken for true, ms. Each command ends with a look at the mailbox that brings them
 * along, so that only one that comes later than this after the last costs a read of its own.
 */
export const trustedFor = 2_000;

type Ports = Pick<ImapPorts, 'mailboxes' | 'clock'>;

/** What this session may do in its mailbox, by a list of rights of it. */
export const rightsBy = ({ account, mailbox }: Selected, acl: MailboxDelta['acl']): Rights =>
  rightsOf(account, { account: mailbox.account, ...(acl && { acl }) });

/** @throws MailboxGone when it may not be read any more: nothing of it may be told then */
export function mustRead(state: Selected, acl: MailboxDelta['acl']): void {
  if (!rightsBy(state, acl).has('r')) throw new MailboxGone('the right to read was taken away');
}

/**
 * The state that a command begins in: with the rights as they are now, in a mailbox of somebody else within two seconds. One's own mailbox
 * costs no read: who would take rights from its owner is the owner, and the end of each command shows it.
 * @throws MailboxGone
 */
export async function withCurrentRights(verb: VerbName, state: ImapState, ports: Ports): Promise<ImapState> {
  if (state.at !== 'selected' || isLegal(verb, { ...state, at: 'authenticated' })) return state;
  const { mailbox, account, rightsAt, view } = state;
  const isTrusted = mailbox.account === account || ports.clock.monotonic() - rightsAt < trustedFor;
  const acl = isTrusted ? view.acl : await ports.mailboxes.acl(mailbox.id);
  mustRead(state, acl);
  return withRights(state, acl, isTrusted ? rightsAt : ports.clock.monotonic());
}

/**
 * For a command that may run long in a mailbox of somebody else: what is taken away meanwhile is gone within two seconds, not at its end.
 * @returns looks again when it is time to; undefined when it is not. The promise rejects with MailboxGone when nothing of it may be told any more
 */
export function rightsWhileRunning(state: Selected, ports: Ports): () => Promise<void> | undefined {
  const { mailbox, account } = state;
  let rightsAt = ports.clock.monotonic();
  if (mailbox.account === account) return () => undefined;
  const look = async (): Promise<void> => {
    mustRead(state, await ports.mailboxes.acl(mailbox.id));
    rightsAt = ports.clock.monotonic();
  };
  return () => (ports.clock.monotonic() - rightsAt < trustedFor ? undefined : look());
}

/** After a look at the mailbox. */
export const heardRights = (state: Selected, { clock }: Ports): Selected => withRights(state, state.view.acl, clock.monotonic());

function withRights(state: Selected, acl: MailboxDelta['acl'], rightsAt: number): Selected {
  const rights = rightsBy(state, acl);
  return { ...state, rights, rightsAt, readOnly: state.examined || isReadOnly(rights) };
}

/** Why the mailbox is not there for this session any more. @returns undefined when it is */
export async function goneFor(state: Selected, { mailboxes }: Ports): Promise<'deleted' | 'not-readable' | undefined> {
  try {
    const rights = rightsBy(state, await mailboxes.acl(state.mailbox.id));
    // To who may not even look it up it is as if it were deleted.
    return rights.has('r') ? undefined : rights.has('l') ? 'not-readable' : 'deleted';
  } catch (error) {
    if (error instanceof MailboxGone) return 'deleted';
    throw error;
  }
}
