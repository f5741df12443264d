import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { parseSecretReference, secretPrefix } from '../../core/settings/secret-reference.ts';
import { tlsSettings } from '../../core/settings/server.ts';
import type { Secrets } from '../../core/world.ts';

/** Texts that a certificate and its key are to be found in. */
export interface CertificateTexts {
  /** As it is told of: a file, `secret:NAME`. */
  readonly name: string;
  readonly certificate: string;
  /** @default - in the same text */
  readonly key?: string;
  /** Another one for other texts. */
  readonly mark: string;
}

export interface CertificateSourceDeps {
  readonly settings: LiveSettings;
  readonly secrets: Secrets;
  /** Holds certificate and key while the settings name none. @default - nothing does */
  readonly usualSecret?: string | undefined;
}

/** What stands in a secret of a deploy until somebody puts a certificate there. */
const none = 'none';

/** @returns how the usual secret is told of; undefined when there is none */
export const usualName = ({ usualSecret }: Pick<CertificateSourceDeps, 'usualSecret'>): string | undefined =>
  usualSecret === undefined ? undefined : secretPrefix + usualSecret;

/**
 * Reads what the settings name, or else the usual secret.
 * @returns undefined when there is none
 * @throws when what is named is not there, or can't be read
 */
export async function readCertificate({ settings, secrets, usualSecret }: CertificateSourceDeps): Promise<CertificateTexts | undefined> {
  const { certificate, key } = tlsSettings;
  const [certificateName, keyName] = [settings.get(certificate), settings.get(key)];
  if (certificateName === '') return usualSecret === undefined ? undefined : readUsual(usualSecret, secrets);
  const text = await readNamed(certificate.name, certificateName, secrets);
  return keyName === '' ? marked(certificateName, text) : marked(certificateName, text, await readNamed(key.name, keyName, secrets));
}

/** @throws when it can't be read, which says nothing of whether there is one */
async function readUsual(secret: string, secrets: Secrets): Promise<CertificateTexts | undefined> {
  const name = secretPrefix + secret;
  const text = await secrets.get(secret).catch((error: unknown) => {
    throw new Error(`${name} can't be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  return text === undefined || text.trim() === none ? undefined : marked(name, text);
}

/** Reads what a setting names: a file, or `secret:NAME`. @throws saying so when it is not there */
export async function readNamed(setting: string, name: string, secrets: Secrets): Promise<string> {
  try {
    const secret = parseSecretReference(name);
    const text = secret === undefined ? await readFile(name, 'utf8') : await secrets.get(secret);
    if (text === undefined) throw new Error('there is no such secret');
    return text;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${setting} ${name} can't be used: ${why}`, { cause: error });
  }
}

const marked = (name: string, certificate: string, key?: string): CertificateTexts => ({
  name,
  certificate,
  ...(key === undefined ? {} : { key }),
  mark: createHash('sha256')
    .update(JSON.stringify([name, certificate, key]))
    .digest('base64'),
});
