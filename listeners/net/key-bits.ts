import type { TLSSocket } from 'node:tls';
import { shownCertificate } from './client-certificate.ts';
import type { TlsFacts } from './connection.ts';

/** Key bits by the names of OpenSSL (`ECDHE-RSA-AES128-GCM-SHA256`) and of TLS 1.3 (`TLS_AES_128_GCM_SHA256`); first match counts. */
const bitsByName: readonly (readonly [pattern: RegExp, bits: number])[] = [
  [/NULL/, 0],
  [/EXP/, 40],
  [/CHACHA20/, 256],
  [/AES_?256|ARIA_?256|CAMELLIA_?256/, 256],
  [/AES_?128|ARIA_?128|CAMELLIA_?128|SEED|IDEA|RC4/, 128],
  [/3DES|DES-CBC3/, 112],
  [/DES/, 56],
];

/** @returns 0 for a cipher we don't know: an unknown one proves nothing */
export const keyBits = (cipher: string): number => bitsByName.find(([pattern]) => pattern.test(cipher))?.[1] ?? 0;

/** What was agreed on; call after the handshake. */
export function tlsFacts(socket: TLSSocket): TlsFacts {
  const { name } = socket.getCipher();
  const client = shownCertificate(socket);
  return { version: socket.getProtocol() ?? 'unknown', cipher: name, bits: keyBits(name), ...(client === undefined ? {} : { client }) };
}
