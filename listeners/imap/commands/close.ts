import type { Handler } from '../answer.ts';
import { unselected } from '../state.ts';
import { everyUid } from './expunge.ts';

/** CLOSE (RFC 3501 section 6.4.2): removes what is \Deleted, without a word, and leaves the mailbox. No HIGHESTMODSEQ, which would cover expunges that were not told (RFC 7162 section 3.2.8). */
export const close: Handler<'CLOSE'> = async (_command, state, { mailboxes }) => {
  if (!state.readOnly) await mailboxes.expunge(state.mailbox.id, everyUid);
  return { state: unselected(state), reply: 'OK CLOSE completed' };
};
