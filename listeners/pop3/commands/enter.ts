import { rightsOf } from '../../../core/accounts/acl.ts';
import { anonymousAccount, isAnonymous, publicOwner } from '../../../core/accounts/principal.ts';
import { noRights } from '../../../core/accounts/rights.ts';
import { pop3Settings } from '../../../core/settings/listeners.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Refusal } from '../../../core/values/refusal.ts';
import { isRefusal } from '../../../core/values/result.ts';
import type { LoggedIn } from '../../net/session.ts';
import type { Answer, Pop3Context } from '../context.ts';
import { Maildrop } from '../maildrop.ts';
import { refusalReply } from '../refusal-reply.ts';
import { err, ok, type Pop3Reply } from '../reply.ts';
import { type Authorization, closing } from '../state.ts';

/** Opens the maildrop of who has logged in: what PASS and AUTH have in common. */
export async function entered(account: LoggedIn | Refusal, state: Authorization, context: Pop3Context): Promise<Answer> {
  if (isRefusal(account)) {
    const over = account.refused === 'too-many-failed-logins';
    return [over ? closing : outside(state), { status: refusalReply(account) }];
  }

  // From here on the session holds the account's slot: what goes wrong ends it, and with it the hold, rather than log in twice.
  const maildrop = await openMaildrop(account.id, context).catch((error): Pop3Reply => {
    context.log.failure('pop3-maildrop-failed', error, { session: context.session.id, account: account.id });
    return { status: refusalReply({ refused: 'store-unavailable' }) };
  });
  if ('status' in maildrop) return [closing, maildrop];
  const { utf8 } = state;
  return [{ at: 'transaction', maildrop, utf8 }, ok(`Maildrop has ${maildrop.count} messages (${maildrop.octets} octets)`)];
}

/** Nobody is logged in, and USER has to come again before PASS. */
export const outside = ({ utf8 }: Authorization): Authorization => ({ at: 'authorization', utf8 });

async function openMaildrop(account: AccountId, context: Pop3Context): Promise<Maildrop | Pop3Reply> {
  if (isAnonymous(account)) return openPublic(context);
  const { mailboxes, lockMaildrop, session } = context;
  const lock = await lockMaildrop(account);
  if (isRefusal(lock)) return { status: refusalReply(lock) };
  session.onOver(() => lock.release()); // a command that never ends must not keep its owner out of the maildrop
  try {
    const soon = await tooSoon(account, context);
    if (soon !== undefined) {
      lock.release();
      return soon;
    }
    const inbox = await mailboxes.find(account, 'INBOX');
    if (inbox === undefined) throw new Error('an account has no INBOX');
    return new Maildrop(inbox, await mailboxes.sizes(inbox.id), () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Anybody's, at the same time: no lock, no delay between logins, nothing to be changed. */
async function openPublic({ mailboxes, settings }: Pop3Context): Promise<Maildrop | Pop3Reply> {
  const mailbox = await mailboxes.find(publicOwner, settings.get(pop3Settings.anonymousMailbox));
  const rights = mailbox === undefined ? noRights : rightsOf(anonymousAccount, mailbox);
  if (mailbox === undefined || !rights.has('l') || !rights.has('r')) return { status: refusalReply({ refused: 'nothing-public' }) };
  return new Maildrop(mailbox, await mailboxes.sizes(mailbox.id), () => {}, 'read-only');
}

/** LOGIN-DELAY (RFC 2449 section 6.5). A courtesy to the server: a store that gives no answer keeps nobody from his mail. */
async function tooSoon(account: AccountId, { loginTimes, settings, clock, log, session }: Pop3Context): Promise<Pop3Reply | undefined> {
  const delay = settings.get(pop3Settings.loginDelay);
  if (delay === 0) return undefined;
  try {
    const wait = await loginTimes.note(account, clock.now(), delay * 1000);
    return wait === undefined ? undefined : err(`[LOGIN-DELAY] Log in again in ${Math.ceil(wait / 1000)} seconds, not sooner`);
  } catch (error) {
    log.failure('pop3-login-delay-failed', error, { session: session.id, account });
    return undefined;
  }
}
