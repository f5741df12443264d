import type { Handler } from '../answer.ts';
import { agreeing } from '../state.ts';
import type { Agreed } from '../wire/agreed.ts';

/** What can be enabled, and what it comes to: QRESYNC implies CONDSTORE (RFC 7162 section 3.2.3). */
const known: Readonly<Record<string, Partial<Agreed>>> = {
  CONDSTORE: { condstore: true },
  QRESYNC: { qresync: true, condstore: true },
  IMAP4rev2: { rev2: true },
  UIDONLY: { uidOnly: true },
  'UTF8=ACCEPT': { utf8: true }, // RFC 6855
};

/** ENABLE (RFC 5161). Taken with a mailbox selected too, as clients do. */
export const enable: Handler<'ENABLE'> = async ({ capabilities }, state, { out }) => {
  const enabled = Object.keys(known).filter((one) => capabilities.includes(one.toUpperCase()));
  await out.line(['* ENABLED', ...enabled].join(' '));
  const more = Object.assign({}, ...enabled.map((one) => known[one])) as Partial<Agreed>;
  if (more.rev2 && state.at === 'selected') state.view.forgetRecent();
  return { state: agreeing(state, more), reply: 'OK ENABLE completed' };
};
