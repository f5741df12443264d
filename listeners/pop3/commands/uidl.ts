import type { Handler } from '../context.ts';
import type { Maildrop } from '../maildrop.ts';
import { err, ok } from '../reply.ts';

/** UIDL: UIDVALIDITY and UID, so that an id is never used again, not even when INBOX is made anew (RFC 1939 section 7). */
export const uidl: Handler<'UIDL'> = (command, state) => {
  const { maildrop } = state;
  if (command.message === undefined) return [state, { status: '+OK Unique ids follow', listing: uniqueIds(maildrop) }];
  const found = maildrop.find(command.message);
  return [state, 'fault' in found ? err(found.fault) : ok(`${command.message} ${maildrop.uniqueId(found)}`)];
};

function* uniqueIds(maildrop: Maildrop): Generator<string> {
  for (const [message, drop] of maildrop) yield `${message} ${maildrop.uniqueId(drop)}`;
}
