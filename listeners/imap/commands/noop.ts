import type { Handler } from '../answer.ts';

/** NOOP and CHECK: what happened is told after every command, and nothing here waits to be written (RFC 3501 sections 6.1.2, 6.4.1). */
export const noop: Handler<'NOOP' | 'CHECK'> = ({ verb }, state) => ({ state, reply: `OK ${verb} completed` });
