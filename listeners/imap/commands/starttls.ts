import type { Handler } from '../answer.ts';

/** STARTTLS (RFC 3501 section 6.2.1). What the client sent in plain text behind it is never looked at. */
export const startTls: Handler<'STARTTLS'> = async ({ tag }, state, { connection, out }) => {
  if (connection.tls !== undefined) return { state, reply: 'BAD TLS is already on' };
  await out.line(`${tag} OK Begin TLS now`);
  await out.flush();
  try {
    await connection.startTls();
  } catch {
    connection.destroy(); // the client's doing: no common cipher, a certificate it does not like, silence
    return { state: { at: 'logout' } };
  }
  return { state };
};
