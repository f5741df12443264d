import type { Handler } from '../context.ts';
import { ok } from '../reply.ts';

export const noop: Handler<'NOOP'> = (_, state) => [state, ok('Still here')];
