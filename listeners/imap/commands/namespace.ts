import type { Handler } from '../answer.ts';

/** NAMESPACE (RFC 2342): one personal namespace, levels separated by `/`. */
export const namespace: Handler<'NAMESPACE'> = async (_command, state, { out }) => {
  await out.line('* NAMESPACE (("" "/")) NIL NIL');
  return { state, reply: 'OK NAMESPACE completed' };
};
