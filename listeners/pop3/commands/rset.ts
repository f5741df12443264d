import type { Handler } from '../context.ts';
import { ok } from '../reply.ts';

export const rset: Handler<'RSET'> = (_, state) => {
  state.maildrop.unmarkAll();
  return [state, ok(`Maildrop has ${state.maildrop.count} messages (${state.maildrop.octets} octets)`)];
};
