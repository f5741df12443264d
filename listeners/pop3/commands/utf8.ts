import type { Handler } from '../context.ts';
import { ok } from '../reply.ts';

/** UTF8 (RFC 6856 section 2): from the login on messages go out octet for octet. Without it UTF-8 in headers is rewritten, see surrogate. */
export const utf8: Handler<'UTF8'> = (_, state) => [{ ...state, utf8: true }, ok('UTF-8 enabled')];
