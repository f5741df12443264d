import type { Handler } from '../context.ts';
import { ok } from '../reply.ts';

export const stat: Handler<'STAT'> = (_, state) => [state, ok(`${state.maildrop.count} ${state.maildrop.octets}`)];
