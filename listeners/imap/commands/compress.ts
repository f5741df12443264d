import type { Handler } from '../answer.ts';
import { mayCompress } from '../capability.ts';

/** COMPRESS (RFC 4978): from the line behind the OK on, both sides send deflate streams. */
export const compress: Handler<'COMPRESS'> = async ({ tag, mechanism }, state, { connection, settings, out }) => {
  if (mechanism !== 'DEFLATE') return { state, reply: 'NO [CANNOT] DEFLATE is the one algorithm here' };
  if (connection.compressed) return { state, reply: 'NO [COMPRESSIONACTIVE] DEFLATE is active already' };
  if (!mayCompress(settings, connection)) return { state, reply: 'NO [CANNOT] Compression is switched off here' };
  await out.line(`${tag} OK DEFLATE active`);
  await out.flush();
  connection.startCompression();
  return { state };
};
