import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { domainToASCII } from 'node:url';
import { bitString, type Der, explicit, implicit, integer, objectId, octetString, sequence, set, time, utf8String, yes } from './der.ts';

/** Private key and certificate chain, both PEM. */
export interface CertificatePair {
  readonly key: string;
  readonly certificate: string;
}

const lifetime = 10 * 365.25 * 86_400_000; // ms
const clockSkew = 86_400_000; // ms that a client's clock may be behind
const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

/**
 * Reads the certificate this server made for itself, or makes it. Safe when several processes start at once: they all use the first.
 * @param file PEM of both, 0600
 * @param now ms since the epoch
 */
export async function openSelfSigned(file: string, hostname: string, now: number): Promise<CertificatePair> {
  const kept = await readPair(file);
  if (kept !== undefined) return kept;
  const { key, certificate } = selfSigned(hostname, now);
  const fresh = `${file}.${randomBytes(8).toString('hex')}`;
  await writeFile(fresh, key + certificate, { mode: 0o600, flush: true });
  // A link, unlike a rename, never replaces what another process has put there meanwhile.
  await link(fresh, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(fresh);
  return (await readPair(file)) ?? { key, certificate };
}

/** ECDSA P-256, for `hostname`, localhost and the loopback addresses, good for ten years (RFC 5280 section 4.1). */
export function selfSigned(hostname: string, now: number): CertificatePair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(objectId('2.5.4.3'), utf8String(hostname.slice(0, 64))))); // ub-common-name is 64
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))), // v3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(time(now - clockSkew), time(now + lifetime)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, extensions(hostname)),
  );
  const signature = createSign('sha256').update(toBeSigned).sign(privateKey);
  const whole = sequence(toBeSigned, ecdsaWithSha256, bitString(signature));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificate: pem('CERTIFICATE', whole) };
}

function extensions(hostname: string): Der {
  const dnsNames = [...new Set([domainToASCII(hostname), 'localhost'])].filter((name) => name !== '');
  const names = [...dnsNames.map((name) => implicit(2, Buffer.from(name))), ...loopback.map((ip) => implicit(7, ip))];
  return sequence(
    sequence(objectId('2.5.29.19'), yes, octetString(sequence())), // basicConstraints: no CA
    sequence(objectId('2.5.29.15'), yes, octetString(bitString(Buffer.of(0x80), 7))), // keyUsage: digitalSignature
    sequence(objectId('2.5.29.37'), octetString(sequence(objectId('1.3.6.1.5.5.7.3.1')))), // extKeyUsage: serverAuth
    sequence(objectId('2.5.29.17'), octetString(sequence(...names))), // subjectAltName
  );
}

const loopback = [Buffer.of(127, 0, 0, 1), Buffer.concat([Buffer.alloc(15), Buffer.of(1)])];

const pem = (label: string, content: Der): string =>
  `-----BEGIN ${label}-----\n${content.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;

async function readPair(file: string): Promise<CertificatePair | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const start = text.indexOf('-----BEGIN CERTIFICATE-----');
  if (start < 0) throw new Error(`${file} holds no certificate; remove it and a new one is made at the next start`);
  return { key: text.slice(0, start), certificate: text.slice(start) };
}
