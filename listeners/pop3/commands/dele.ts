import type { Handler } from '../context.ts';
import { err, ok } from '../reply.ts';

/** DELE only marks: a session that ends without QUIT deletes nothing (RFC 1939 section 3). */
export const dele: Handler<'DELE'> = (command, state) => {
  if (state.maildrop.isReadOnly) return [state, err('[SYS/PERM] This maildrop is read-only')];
  const found = state.maildrop.find(command.message);
  if ('fault' in found) return [state, err(found.fault)];
  state.maildrop.markDeleted(command.message);
  return [state, ok(`Message ${command.message} marked as deleted`)];
};
