import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { asksForCertificate } from './client-certificate.ts';

/** The client broke off, spoke no TLS, or took too long. Nothing of ours went wrong. */
export class HandshakeFailed extends Error {
  override readonly name = 'HandshakeFailed';
}

/**
 * Server side of a TLS handshake on a connected socket, for implicit TLS and STARTTLS alike. From here on only the returned socket may
 * be used; both are destroyed when it fails.
 * @param timeout ms
 * @throws HandshakeFailed
 */
export async function tlsHandshake(socket: Socket, secureContext: SecureContext, timeout: number): Promise<TLSSocket> {
  if (socket.destroyed) throw new HandshakeFailed('the client closed the connection');
  const requestCert = asksForCertificate(secureContext);
  const secured = new TLSSocket(socket, { isServer: true, secureContext, requestCert, rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    const fail = (error?: Error): void => {
      settle();
      reject(new HandshakeFailed(error?.message ?? 'the client closed the connection', error === undefined ? {} : { cause: error }));
      secured.destroy();
      socket.destroy();
    };
    const timer = setTimeout(() => fail(new Error(`no TLS handshake within ${timeout} ms`)), timeout);
    const succeed = (): void => {
      settle();
      resolve(secured);
    };
    const closed = (): void => fail();
    const settle = (): void => {
      clearTimeout(timer);
      secured.off('secure', succeed).off('close', closed).off('_tlsError', fail).off('error', fail);
      secured.on('error', ignoreError);
    };
    // `_tlsError` is where Node tells errors before the handshake's end of a socket that no tls.Server owns.
    secured.once('secure', succeed).once('close', closed).once('_tlsError', fail).once('error', fail);
    socket.on('error', ignoreError);
  });
}

/** `close` always follows and is what we go by; without a listener the error would end the process. */
export function ignoreError(): void {}
