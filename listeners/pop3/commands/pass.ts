import type { Handler } from '../context.ts';
import { err } from '../reply.ts';
import { enter } from './enter.ts';

/** PASS: only right behind USER (RFC 1939 section 7). */
export const pass: Handler<'PASS'> = (command, state, context) =>
  state.user === undefined ? [state, err('Send USER first')] : enter(state.user, command.password, state, context);
