import type { Handler } from '../context.ts';
import { refusalReply } from '../refusal-reply.ts';
import { ok } from '../reply.ts';

/** USER: taken whoever it is, so that nobody learns which accounts there are. */
export const user: Handler<'USER'> = (command, state, { session, tls }) => {
  const refusal = session.mayLogin(tls, { user: command.name });
  if (refusal !== undefined) return [state, { status: refusalReply(refusal) }];
  return [{ ...state, user: command.name }, ok('Send the password')];
};
