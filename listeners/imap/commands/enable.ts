import type { Handler } from '../answer.ts';

/** ENABLE (RFC 5161). Taken with a mailbox selected too, as clients do; CONDSTORE is what can be enabled. */
export const enable: Handler<'ENABLE'> = async ({ capabilities }, state, { out }) => {
  const condstore = capabilities.includes('CONDSTORE');
  await out.line(condstore ? '* ENABLED CONDSTORE' : '* ENABLED');
  return { state: condstore ? { ...state, condstore } : state, reply: 'OK ENABLE completed' };
};
