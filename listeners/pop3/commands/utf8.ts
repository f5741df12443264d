import type { Handler } from '../context.ts';
import { ok } from '../reply.ts';

/**
 * UTF8 (RFC 6856 section 2). It changes nothing: messages go out octet for octet in either mode. A client that does not ask for UTF-8
 * and meets it in a header is no worse off than with 8-bit headers of any other origin, and a rewritten message would break signatures.
 */
export const utf8: Handler<'UTF8'> = (_, state) => [state, ok('UTF-8 enabled')];
