import type { Handler } from '../answer.ts';

/** UNSELECT (RFC 3691): leaves the mailbox and removes nothing. */
export const unselect: Handler<'UNSELECT'> = (_command, { account, condstore }) => ({
  state: { at: 'authenticated', account, condstore },
  reply: 'OK UNSELECT completed',
});
