import type { Handler } from '../context.ts';
import type { Maildrop } from '../maildrop.ts';
import { err, ok } from '../reply.ts';

/** LIST: numbers and sizes; messages marked as deleted are not listed. */
export const list: Handler<'LIST'> = (command, state) => {
  const { maildrop } = state;
  if (command.message === undefined) {
    return [state, { status: `+OK ${maildrop.count} messages (${maildrop.octets} octets)`, listing: sizes(maildrop) }];
  }
  const found = maildrop.find(command.message);
  return [state, 'fault' in found ? err(found.fault) : ok(`${command.message} ${found.size}`)];
};

function* sizes(maildrop: Maildrop): Generator<string> {
  for (const [message, { size }] of maildrop) yield `${message} ${size}`;
}
