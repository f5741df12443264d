import type { Handler } from '../answer.ts';
import { unselected } from '../state.ts';
import { everyUid } from './expunge.ts';

/** CLOSE (RFC 3501 section 6.4.2): removes what is \Deleted, without a word, for whom may (RFC 4314 section 4), and leaves the mailbox. No HIGHESTMODSEQ, which would cover expunges that were not told (RFC 7162 section 3.2.8). */
export const close: Handler<'CLOSE'> = async (_command, state, { mailboxes }) => {
  if (!state.readOnly && state.rights.has('e')) await mailboxes.expunge(state.mailbox.id, everyUid);
  return { state: unselected(state), reply: 'OK CLOSE completed' };
};
