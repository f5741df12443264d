import { imapSettings } from '../../../core/settings/listeners.ts';
import type { Handler } from '../answer.ts';

/** NOTIFY (RFC 5465 section 3.1). What has gathered in the selected mailbox is told with the news of this command. */
export const notify: Handler<'NOTIFY'> = async ({ groups, status }, state, { notices, settings, out }) => {
  if (settings.get(imapSettings.notifyMailboxes) === 0) return { state, reply: 'BAD NOTIFY is switched off' };
  if (groups.length === 0) notices.askNothing();
  else if (!(await notices.ask(groups, status, state, out)))
    return { state, reply: 'NO [NOTIFICATIONOVERFLOW] These are more mailboxes than one session is told of' };
  return { state, reply: 'OK NOTIFY completed' };
};
