import { rightsOf } from '../../core/accounts/acl.ts';
import { anonymousAccount } from '../../core/accounts/principal.ts';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import type { Pop3Context } from './context.ts';
import type { Maildrop } from './maildrop.ts';
import type { Pop3State } from './state.ts';
import type { Verb } from './wire/command.ts';

/** Their answers tell something of the messages, if only how many there are. QUIT has an answer that does not. */
const ofMessages: ReadonlySet<Verb> = new Set(['STAT', 'LIST', 'UIDL', 'RETR', 'TOP', 'RSET']);

/**
 * Asked for each command of an anonymous session: it can last long, and of what was public by mistake nothing is to be told any more.
 * @returns why the command is refused, in words for the client
 */
export async function refusedToAnonymous(verb: Verb, state: Pop3State, context: Pop3Context): Promise<string | undefined> {
  if (state.at !== 'transaction' || !state.maildrop.isReadOnly || !ofMessages.has(verb)) return undefined;
  return (await isPublic(state.maildrop, context)) ? undefined : '[SYS/PERM] This maildrop is public no more';
}

async function isPublic({ mailbox }: Maildrop, { mailboxes }: Pop3Context): Promise<boolean> {
  try {
    const acl = await mailboxes.acl(mailbox.id);
    const rights = rightsOf(anonymousAccount, { account: mailbox.account, ...(acl && { acl }) });
    return rights.has('l') && rights.has('r');
  } catch (error) {
    if (error instanceof MailboxGone) return false;
    throw error;
  }
}
