import type { Handler } from '../context.ts';
import { err } from '../reply.ts';
import { entered } from './enter.ts';

/** PASS: only right behind USER (RFC 1939 section 7). */
export const pass: Handler<'PASS'> = async ({ password }, state, context) =>
  state.user === undefined
    ? [state, err('Send USER first')]
    : entered(await context.session.login(state.user, password, context.tls), state, context);
