import { hasFlag, seen } from '../../../core/values/flags.ts';
import type { Handler } from '../context.ts';
import { openMessage } from '../message-octets.ts';
import { err } from '../reply.ts';

/** RETR: the message, its stored size as LIST tells it. It will be \Seen once QUIT says that the client has it. */
export const retr: Handler<'RETR'> = async (command, state, context) => {
  const found = state.maildrop.find(command.message);
  if ('fault' in found) return [state, err(found.fault)];
  const opened = await openMessage(state, found.uid, context);
  if (opened === undefined) return [state, err(`Message ${command.message} was removed by another session`)];
  if (!hasFlag(opened.flags, seen)) state.maildrop.markRead(command.message);
  return [state, { status: `+OK ${found.size} octets`, octets: opened.octets }];
};
