import type { AccountId } from '../../../core/values/address.ts';
import type { Refusal } from '../../../core/values/refusal.ts';
import { isRefusal } from '../../../core/values/result.ts';
import type { Answer, Pop3Context } from '../context.ts';
import { Maildrop } from '../maildrop.ts';
import { refusalReply } from '../refusal-reply.ts';
import { ok } from '../reply.ts';
import { closing, start } from '../state.ts';

/** Logs in and opens the maildrop: what PASS and AUTH have in common. */
export async function enter(user: string, password: string, context: Pop3Context): Promise<Answer> {
  const account = await context.session.login(user, password, context.tls);
  if (isRefusal(account)) {
    const over = account.refused === 'too-many-failed-logins';
    return [over ? closing : start, { status: refusalReply(account) }];
  }

  // From here on the session holds the account's slot: what goes wrong ends it, and with it the hold, rather than log in twice.
  const maildrop = await openMaildrop(account.id, context).catch((error): Refusal => {
    context.log.failure('pop3-maildrop-failed', error, { session: context.session.id, account: account.id });
    return { refused: 'store-unavailable' };
  });
  if (isRefusal(maildrop)) return [closing, { status: refusalReply(maildrop) }];
  return [{ at: 'transaction', maildrop }, ok(`Maildrop has ${maildrop.count} messages (${maildrop.octets} octets)`)];
}

async function openMaildrop(account: AccountId, { lockMaildrop, mailboxes }: Pop3Context): Promise<Maildrop | Refusal> {
  const lock = await lockMaildrop(account);
  if (isRefusal(lock)) return lock;
  try {
    const inbox = await mailboxes.find(account, 'INBOX');
    if (inbox === undefined) throw new Error('an account has no INBOX');
    return new Maildrop(inbox, await mailboxes.sizes(inbox.id), () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}
