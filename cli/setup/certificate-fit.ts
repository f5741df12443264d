import { X509Certificate } from 'node:crypto';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { Secrets } from '../../core/world.ts';
import { readCertificate } from '../../listeners/net/certificate-source.ts';
import { usablePair } from '../../listeners/net/key-pair.ts';

/** Whether who demands a certificate of the mail host's name (RFC 8461 section 4.2) will get one. */
export interface CertificateFit {
  /** `unknown` when it can't be looked at from here. */
  readonly state: 'fits' | 'self-signed' | 'another-name' | 'over' | 'unknown';
  readonly words: string;
}

export interface CertificateFitDeps {
  readonly settings: LiveSettings;
  readonly secrets: Secrets;
  readonly usualSecret: string | undefined;
  /** ms since the epoch. */
  readonly now: number;
}

export async function certificateFit(hostname: string, { now, ...source }: CertificateFitDeps): Promise<CertificateFit> {
  try {
    const texts = await readCertificate(source);
    if (texts === undefined) return { state: 'self-signed', words: 'There is no certificate but the one that listeners sign themselves.' };
    const { pair } = usablePair(texts.certificate, texts.key);
    return fitOf(new X509Certificate(pair.certificate), texts.name, hostname, now);
  } catch (error) {
    return { state: 'unknown', words: `The certificate can't be looked at: ${error instanceof Error ? error.message : String(error)}.` };
  }
}

function fitOf(certificate: X509Certificate, name: string, hostname: string, now: number): CertificateFit {
  // Only the subjectAltName counts, and a wildcard stands for its first label alone (RFC 8461 section 4.2).
  if (certificate.checkHost(hostname, { subject: 'never', partialWildcards: false }) === undefined)
    return {
      state: 'another-name',
      words: `The certificate ${name} does not name ${hostname}: ${certificate.subjectAltName ?? 'no name'}.`,
    };
  const over = certificate.validToDate.getTime();
  if (over <= now) return { state: 'over', words: `The certificate ${name} is over since ${new Date(over).toISOString()}.` };
  // By its names: checkIssued() also wants a key that may sign certificates, which one that signs itself need not have.
  if (certificate.issuer === certificate.subject) return { state: 'self-signed', words: `The certificate ${name} is self-signed.` };
  return { state: 'fits', words: `The certificate ${name} names ${hostname}.` };
}
