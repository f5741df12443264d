import type { SecureContext, TLSSocket } from 'node:tls';

/** What a client has proved by the certificate that it showed in the handshake. */
export interface ClientCertificate {
  /** E-mail addresses of its subjectAltName (rfc822Name, RFC 5280 section 4.2.1.6). */
  readonly addresses: readonly string[];
  /** When the first certificate of its chain is over, ms since the epoch: a session that is resumed is not checked again by TLS. */
  readonly until: number;
}

/** Or why it proves nothing. */
export type ShownCertificate = ClientCertificate | { readonly fault: string };

const asking = new WeakSet<SecureContext>();

/** From now on handshakes with this context ask for a certificate. A client may have none, and one that is not good ends nothing: only it logs nobody in. */
export function askForCertificate(context: SecureContext): SecureContext {
  asking.add(context);
  return context;
}

export const asksForCertificate = (context: SecureContext | undefined): boolean => context !== undefined && asking.has(context);

/**
 * What OpenSSL made of the client's chain: signatures, dates, use as a client's, revocation. Node's own server reads it from the handle
 * too, and offers no other way for a socket of one's own: without it no certificate counts.
 */
interface Verifies {
  readonly _handle?: { verifyError?(): { readonly code?: string; readonly message: string } | null } | null;
}

/** Call after the handshake. @returns undefined when the client showed none */
export function shownCertificate(socket: TLSSocket): ShownCertificate | undefined {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined) return undefined;
  const handle = (socket as unknown as Verifies)._handle;
  const fault = handle?.verifyError === undefined ? { message: 'it can not be verified' } : handle.verifyError();
  if (fault !== null) return { fault: fault.message };
  return { addresses: mailAddresses(shown), until: shown.validToDate.getTime() };
}

/** Node quotes a name that has a character of the list's own grammar; such a one is nobody's address here. */
const oneAddress = /(?:^|, )email:([^",\s]+@[^",\s]+)(?=,|$)/g;

type Named = Pick<NonNullable<ReturnType<TLSSocket['getPeerX509Certificate']>>, 'subjectAltName' | 'checkEmail'>;

/** @returns addresses that both the list of names and OpenSSL's own comparison know */
export function mailAddresses(certificate: Named): readonly string[] {
  const named = (certificate.subjectAltName ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const found = [...named.matchAll(oneAddress)].map(([, address]) => address as string);
  return found.filter((address) => certificate.checkEmail(address, { subject: 'never' }) !== undefined);
}
