import { X509Certificate } from 'node:crypto';
import tls, { type SecureContext } from 'node:tls';
import { tlsSettings } from '../../core/settings/server.ts';
import { type CertificateSourceDeps, readNamed } from './certificate-source.ts';
import { askForCertificate } from './client-certificate.ts';
import type { KeyPair } from './key-pair.ts';

/** Whose client certificates are taken. */
export interface Authorities {
  readonly name: string;
  readonly certificates: readonly string[];
  readonly revocations: readonly string[];
}

const certificatePem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const revocationPem = /-----BEGIN X509 CRL-----[\s\S]+?-----END X509 CRL-----/g;
const longest = 4 * 1024 * 1024; // characters: revocation lists grow

/** @throws saying what is wrong */
export function authoritiesIn(name: string, text: string): Authorities {
  if (text.length > longest) throw new Error(`it is longer than ${longest} characters`);
  const certificates = text.match(certificatePem) ?? [];
  if (certificates.length === 0) throw new Error('there is no certificate in it (-----BEGIN CERTIFICATE-----)');
  for (const one of certificates) if (!new X509Certificate(one).ca) throw new Error('one of its certificates is not that of an authority');
  const authorities = { name, certificates, revocations: text.match(revocationPem) ?? [] };
  tls.createSecureContext(contextOptions(authorities)); // fails on a list that is none
  return authorities;
}

const contextOptions = ({ certificates, revocations }: Authorities): tls.SecureContextOptions => ({
  ca: [...certificates],
  ...(revocations.length === 0 ? {} : { crl: [...revocations] }),
  // A client that comes back with a session would else be turned away by OpenSSL where certificates are asked for.
  sessionIdContext: 'mailweir',
});

/** Keeps up with `tls/client-ca`. What can't be used leaves the last good one in force. */
export class ClientAuthorities {
  readonly #deps: CertificateSourceDeps;
  #current: (Authorities & { readonly trust: { isOver: boolean } }) | undefined;
  #text: string | undefined;
  #made: { readonly pair: KeyPair; readonly authorities: Authorities; readonly context: SecureContext } | undefined;

  constructor(deps: CertificateSourceDeps) {
    this.#deps = deps;
  }

  /** @returns those in force when they are others than before. @throws when what is set can't be used */
  async look(): Promise<Authorities | undefined> {
    const name = this.#deps.settings.get(tlsSettings.clientCa);
    if (name === '') {
      this.#replace(undefined);
      this.#text = undefined;
      return undefined;
    }
    const text = await readNamed(tlsSettings.clientCa.name, name, this.#deps.secrets);
    if (text === this.#text) return undefined;
    this.#replace(usable(name, text));
    this.#text = text;
    return this.#current;
  }

  /** What logged in by those before has to come again: a list of what was taken back says nothing of a handshake that is over. */
  #replace(by: Authorities | undefined): void {
    if (this.#current !== undefined) this.#current.trust.isOver = true;
    this.#current = by && { ...by, trust: { isOver: false } };
  }

  /** @returns what handshakes are done with that ask for a certificate; undefined while nobody's would be taken */
  context(pair: KeyPair): SecureContext | undefined {
    const authorities = this.#current;
    if (authorities === undefined) return undefined;
    if (this.#made?.pair !== pair || this.#made.authorities !== authorities) {
      const own = { key: pair.key, cert: pair.certificate, minVersion: 'TLSv1.2' } as const;
      const context = askForCertificate(tls.createSecureContext({ ...own, ...contextOptions(authorities) }), authorities.trust);
      this.#made = { pair, authorities, context };
    }
    return this.#made.context;
  }
}

function usable(name: string, text: string): Authorities {
  try {
    return authoritiesIn(name, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${tlsSettings.clientCa.name} ${name} can't be used: ${why}`, { cause: error });
  }
}
