import type { Handler } from '../answer.ts';

/**
 * UNAUTHENTICATE (RFC 8437): back to where a login is possible. The mailbox is left without an expunge, what was agreed on is forgotten, the account's slot
 * given back; compression ends behind the OK (section 4.1), TLS stays.
 */
export const unauthenticate: Handler<'UNAUTHENTICATE'> = async ({ tag }, _state, { connection, session, notices, out }) => {
  notices.clear();
  session.logout();
  await out.line(`${tag} OK Nobody is logged in any more`);
  await out.flush();
  connection.stopCompression();
  return { state: { at: 'not-authenticated' } };
};
