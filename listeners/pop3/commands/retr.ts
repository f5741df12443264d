import { hasFlag, seen } from '../../../core/values/flags.ts';
import type { Handler } from '../context.ts';
import { openMessage } from '../message-octets.ts';
import { err } from '../reply.ts';

/** RETR: the message, its stored size as LIST tells it. It will be \Seen once QUIT says that the client has it. */
export const retr: Handler<'RETR'> = async (command, state, context) => {
  const { message } = command;
  const opened = await openMessage(message, state, context);
  if ('fault' in opened) return [state, err(opened.fault)];
  if (!hasFlag(opened.flags, seen)) state.maildrop.markRead(message);
  return [state, { status: `+OK ${opened.size} octets`, octets: opened.octets }];
};
