import { X509Certificate } from 'node:crypto';
import tls, { type SecureContext } from 'node:tls';

/** PEM texts of a private key and its certificate chain. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** A pair that TLS sessions can be made with. */
export interface UsablePair {
  readonly pair: KeyPair;
  readonly context: SecureContext;
  /** When the first certificate of the chain is over, ms since the epoch. */
  readonly over: number;
}

const certificates = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const privateKey = /-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----[\s\S]+?-----END (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----/;
const longest = 256 * 1024; // characters: a secret holds 64 KiB at most, and no chain is as long

/**
 * @param certificate PEM text of the chain, the server's own certificate first; or JSON with `certificate`, `chain` and `key`, as issuers give them
 * @param key PEM text. @default - it stands in the first text too
 * @throws saying what is wrong, without a word of the key
 */
export function usablePair(certificate: string, key?: string): UsablePair {
  const text = pemText(certificate);
  const chain = text.match(certificates);
  if (chain === null) throw new Error('there is no certificate in it (-----BEGIN CERTIFICATE-----)');
  const ownKey = privateKey.exec(key === undefined ? text : pemText(key))?.[0];
  if (ownKey === undefined) throw new Error('there is no private key in it (-----BEGIN PRIVATE KEY-----)');
  const pair = { key: `${ownKey}\n`, certificate: `${chain.join('\n')}\n` };
  const context = tls.createSecureContext({ key: pair.key, cert: pair.certificate, minVersion: 'TLSv1.2' });
  return { pair, context, over: Math.min(...chain.map(overAt)) };
}

const overAt = (certificate: string): number => new X509Certificate(certificate).validToDate.getTime();

function pemText(text: string): string {
  if (text.length > longest) throw new Error(`it is longer than ${longest} characters`);
  if (!text.trimStart().startsWith('{')) return text;
  const { certificate, chain, key } = parsedJson(text);
  return [certificate, chain, key].filter((part) => typeof part === 'string').join('\n');
}

function parsedJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>; // it begins with a brace, so it is an object or no JSON
  } catch {
    throw new Error('it begins like JSON and is none'); // the parser's own words would quote it
  }
}
