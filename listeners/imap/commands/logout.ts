import type { Handler } from '../answer.ts';

/** LOGOUT (RFC 3501 section 6.1.3). */
export const logout: Handler<'LOGOUT'> = async (_command, _state, { out }) => {
  await out.line('* BYE Logging out');
  return { state: { at: 'logout' }, reply: 'OK LOGOUT completed' };
};
