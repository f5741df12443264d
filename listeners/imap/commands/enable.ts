import type { Handler } from '../answer.ts';

/** What can be enabled. */
const known = ['CONDSTORE', 'QRESYNC'] as const;

/** ENABLE (RFC 5161). Taken with a mailbox selected too, as clients do; QRESYNC implies CONDSTORE (RFC 7162 section 3.2.3). */
export const enable: Handler<'ENABLE'> = async ({ capabilities }, state, { out }) => {
  const enabled = known.filter((one) => capabilities.includes(one));
  await out.line(['* ENABLED', ...enabled].join(' '));
  const qresync = state.qresync || enabled.includes('QRESYNC');
  const condstore = state.condstore || enabled.length > 0;
  return { state: { ...state, condstore, qresync }, reply: 'OK ENABLE completed' };
};
