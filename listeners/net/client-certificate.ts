import type { SecureContext, TLSSocket } from 'node:tls';

/** What a client has proved by the certificate that it showed in the handshake. */
export interface ClientCertificate {
  /** E-mail addresses of its subjectAltName (rfc822Name, RFC 5280 section 4.2.1.6). */
  readonly addresses: readonly string[];
  /** When the first certificate of its chain is over, ms since the epoch: a session that is resumed is not checked again by TLS. */
  readonly until: number;
  readonly trust: Trust;
}

/** The authorities, and what they had taken back, that a handshake went by. */
export interface Trust {
  /** Others are in force since, or none: whether the certificate is good to them, only another handshake can tell. */
  readonly isOver: boolean;
}

/** Or why it proves nothing. */
export type ShownCertificate = ClientCertificate | { readonly fault: string };

const asking = new WeakMap<SecureContext, Trust>();

/** From now on handshakes with this context ask for a certificate. A client may have none, and one that is not good ends nothing: only it logs nobody in. */
export function askForCertificate(context: SecureContext, trust: Trust): SecureContext {
  asking.set(context, trust);
  return context;
}

export const asksForCertificate = (context: SecureContext | undefined): boolean => context !== undefined && asking.has(context);

/**
 * What OpenSSL made of the client's chain: signatures, dates, use as a client's, revocation. Node's own server reads it from the handle
 * too, and offers no other way for a socket of one's own; nor for the context that a handshake was done with. Without either no certificate counts.
 */
interface Verifies {
  readonly _tlsOptions?: { readonly secureContext?: SecureContext };
  readonly _handle?: { verifyError?(): { readonly code?: string; readonly message: string } | null } | null;
}

/** Call after the handshake. @returns undefined when the client showed none */
export function shownCertificate(socket: TLSSocket): ShownCertificate | undefined {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined) return undefined;
  const { _handle: handle, _tlsOptions: options } = socket as unknown as Verifies;
  const trust = options?.secureContext && asking.get(options.secureContext);
  if (handle?.verifyError === undefined || trust === undefined) return { fault: 'it can not be verified' };
  const fault = handle.verifyError();
  return fault === null ? { addresses: mailAddresses(shown), until: shown.validToDate.getTime(), trust } : { fault: fault.message };
}

/** May it still be gone by? @param now ms since the epoch */
export const isInForce = ({ until, trust }: Pick<ClientCertificate, 'until' | 'trust'>, now: number): boolean =>
  now < until && !trust.isOver;

/** Node quotes a name that has a character of the list's own grammar; such a one is nobody's address here. */
const oneAddress = /(?:^|, )email:([^",\s]+@[^",\s]+)(?=,|$)/g;

type Named = Pick<NonNullable<ReturnType<TLSSocket['getPeerX509Certificate']>>, 'subjectAltName' | 'checkEmail'>;

/** @returns addresses that both the list of names and OpenSSL's own comparison know */
export function mailAddresses(certificate: Named): readonly string[] {
  const named = (certificate.subjectAltName ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const found = [...named.matchAll(oneAddress)].map(([, address]) => address as string);
  return found.filter((address) => certificate.checkEmail(address, { subject: 'never' }) !== undefined);
}
