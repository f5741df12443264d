import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { isHostname } from '../../core/settings/hostname.ts';
import type { SecretStore } from '../../core/world.ts';
import { dnsName } from './dns-name.ts';

export const dkimKeyTypes = ['rsa', 'ed25519'] as const;
export type DkimKeyType = (typeof dkimKeyTypes)[number];

/** A key of a domain, under the selector by which its public half is found in the DNS (RFC 6376 section 3.1). */
export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  readonly type: DkimKeyType;
  /** ms since the epoch; 0 of a key that was brought along. */
  readonly createdAt: number;
  readonly privateKey: KeyObject;
}

const rsaBits = 2048; // RFC 8301 section 3.2
const prefix = 'dkim.';
const selectorName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** One label, so that a secret's name can be read back: the last label is the selector. */
export const isSelector = (text: string): boolean => selectorName.test(text);

/** @returns the form in which the DNS knows the name, lower case; undefined when it is no domain */
export function dkimDomain(text: string): string | undefined {
  const ascii = dnsName(text)?.toLowerCase();
  return ascii !== undefined && isHostname(ascii) && ascii.includes('.') ? ascii : undefined;
}

const secretName = (domain: string, selector: string): string => `${prefix}${domain}.${selector}`;

export async function makeDkimKey(domain: string, selector: string, type: DkimKeyType, now: number): Promise<DkimKey> {
  const pair =
    type === 'rsa' ? await promisify(generateKeyPair)('rsa', { modulusLength: rsaBits }) : await promisify(generateKeyPair)('ed25519');
  return { domain, selector, type, createdAt: now, privateKey: pair.privateKey };
}

/** The record to publish at dkimRecordName (RFC 6376 section 3.6.1, RFC 8463 section 4). */
export function dkimRecord({ type, privateKey }: DkimKey): string {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const octets = type === 'rsa' ? der : der.subarray(-32); // of Ed25519 the bare key
  return `v=DKIM1; k=${type}; p=${octets.toString('base64')}`;
}

export const dkimRecordName = ({ domain, selector }: DkimKey): string => `${selector}._domainkey.${domain}`;

/** Whether a published record gives this key: order, further tags and white space are the publisher's. */
export function isRecordOf(key: DkimKey, published: string): boolean {
  const tags = new Map(
    published.split(';').map((tag) => [tag.slice(0, tag.indexOf('=')).trim(), tag.slice(tag.indexOf('=') + 1).replace(/\s+/g, '')]),
  );
  const [, own] = /p=(.*)$/.exec(dkimRecord(key)) ?? [];
  return tags.get('p') === own && (tags.get('k') ?? 'rsa') === key.type;
}

/** PEM behind a line with the time, which readers of PEM pass over. */
export async function keepDkimKey(secrets: SecretStore, { domain, selector, createdAt, privateKey }: DkimKey): Promise<void> {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await secrets.put(secretName(domain, selector), `Created: ${new Date(createdAt).toISOString()}\n${pem}`);
}

export const removeDkimKey = (secrets: SecretStore, { domain, selector }: DkimKey): Promise<boolean> =>
  secrets.remove(secretName(domain, selector));

/** The newest first. @param domain @default all. @throws naming the secret that is no key */
export async function dkimKeys(secrets: SecretStore, domain?: string): Promise<readonly DkimKey[]> {
  const names = await secrets.names(domain === undefined ? prefix : `${prefix}${domain}.`);
  const keys = await Promise.all(names.map((name) => readKey(secrets, name)));
  return keys
    .filter((key) => key !== undefined)
    .filter((key) => domain === undefined || key.domain === domain)
    .sort((a, b) => b.createdAt - a.createdAt || a.selector.localeCompare(b.selector));
}

async function readKey(secrets: SecretStore, name: string): Promise<DkimKey | undefined> {
  const [, domain = '', selector = ''] = /^dkim\.(.+)\.([^.]+)$/.exec(name) ?? [];
  const text = isSelector(selector) ? await secrets.get(name) : undefined;
  if (text === undefined) return undefined;
  const privateKey = parsePrivateKey(name, text);
  const type = privateKey.asymmetricKeyType;
  if (type !== 'rsa' && type !== 'ed25519') throw new Error(`the secret ${name} is neither an RSA nor an Ed25519 key`);
  const createdAt = Date.parse(/^Created: (.*)$/m.exec(text)?.[1] ?? '');
  return { domain, selector, type, createdAt: Number.isNaN(createdAt) ? 0 : createdAt, privateKey };
}

function parsePrivateKey(name: string, text: string): KeyObject {
  try {
    return createPrivateKey(text.slice(Math.max(0, text.indexOf('-----BEGIN'))));
  } catch (error) {
    throw new Error(`the secret ${name} is no private key`, { cause: error });
  }
}
