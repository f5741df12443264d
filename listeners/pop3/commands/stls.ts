import type { Handler } from '../context.ts';
import { err } from '../reply.ts';
import { start } from '../state.ts';

/** STLS: what was learnt in plain text is forgotten, the name of USER too (RFC 2595 section 4). */
export const stls: Handler<'STLS'> = (_, state, { tls }) =>
  tls === undefined ? [start, { status: '+OK Begin TLS negotiation', startTls: true }] : [state, err('TLS is already active')];
