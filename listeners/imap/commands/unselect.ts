import type { Handler } from '../answer.ts';
import { unselected } from '../state.ts';

/** UNSELECT (RFC 3691): leaves the mailbox and removes nothing. */
export const unselect: Handler<'UNSELECT'> = (_command, state) => ({
  state: unselected(state),
  reply: 'OK UNSELECT completed',
});
