import type { Handler } from '../answer.ts';
import { everyUid } from './expunge.ts';

/** CLOSE (RFC 3501 section 6.4.2): removes what is \Deleted, without a word, and leaves the mailbox. */
export const close: Handler<'CLOSE'> = async (_command, { account, condstore, mailbox, readOnly }, { mailboxes }) => {
  if (!readOnly) await mailboxes.expunge(mailbox.id, everyUid);
  return { state: { at: 'authenticated', account, condstore }, reply: 'OK CLOSE completed' };
};
