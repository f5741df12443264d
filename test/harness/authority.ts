import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { CertificatePair } from '../../platform/node/certificates.ts';
import {
  bitString,
  type Der,
  explicit,
  implicit,
  integer,
  objectId,
  octetString,
  sequence,
  set,
  time,
  utf8String,
  yes,
} from '../../platform/node/der.ts';

const day = 86_400_000; // ms
const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
const use = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const;

export interface ClientWishes {
  readonly addresses?: readonly string[];
  /** Other names than addresses. */
  readonly dnsNames?: readonly string[];
  /** @default 'client' */
  readonly use?: keyof typeof use;
  /** ms since the epoch. @default a day ago, and in a year */
  readonly from?: number;
  readonly until?: number;
}

export interface Issued extends CertificatePair {
  readonly serial: Buffer;
}

/** Signs certificates of clients, and lists those it has taken back. */
export class Authority {
  readonly #name: Der;
  readonly #key: KeyObject;
  readonly certificate: string;

  constructor(name: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#name = named(name);
    this.#key = privateKey;
    const extensions = sequence(
      extension('2.5.29.19', sequence(yes)), // a CA
      extension('2.5.29.15', bitString(Buffer.of(0x06), 1)), // keyCertSign, cRLSign
    );
    this.certificate = this.#certify({
      serial: serial(),
      subject: this.#name,
      publicKey,
      extensions,
      from: now() - day,
      until: now() + 3650 * day,
    });
  }

  issue({ addresses = [], dnsNames = [], use: purpose = 'client', from = now() - day, until = now() + 365 * day }: ClientWishes): Issued {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const names = [...addresses.map((one) => implicit(1, Buffer.from(one))), ...dnsNames.map((one) => implicit(2, Buffer.from(one)))];
    const extensions = sequence(
      extension('2.5.29.15', bitString(Buffer.of(0x80), 7)), // digitalSignature
      extension('2.5.29.37', sequence(objectId(use[purpose]))),
      ...(names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names))]),
    );
    const number = serial();
    const certificate = this.#certify({ serial: number, subject: named('somebody'), publicKey, extensions, from, until });
    return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificate, serial: number };
  }

  /** @returns a list of these (RFC 5280 section 5), good for a week */
  revoke(...taken: readonly Issued[]): string {
    const entries = taken.map((one) => sequence(integer(one.serial), time(now() - day)));
    const list = sequence(
      integer(Buffer.of(1)), // v2
      ecdsaWithSha256,
      this.#name,
      time(now() - day),
      time(now() + 7 * day),
      ...(entries.length === 0 ? [] : [sequence(...entries)]),
    );
    return this.#signed('X509 CRL', list);
  }

  #certify(what: { serial: Buffer; subject: Der; publicKey: KeyObject; extensions: Der; from: number; until: number }): string {
    const toBeSigned = sequence(
      explicit(0, integer(Buffer.of(2))), // v3
      integer(what.serial),
      ecdsaWithSha256,
      this.#name,
      sequence(time(what.from), time(what.until)),
      what.subject,
      what.publicKey.export({ type: 'spki', format: 'der' }),
      explicit(3, what.extensions),
    );
    return this.#signed('CERTIFICATE', toBeSigned);
  }

  #signed(label: string, content: Der): string {
    const signature = createSign('sha256').update(content).sign(this.#key);
    const lines = sequence(content, ecdsaWithSha256, bitString(signature))
      .toString('base64')
      .replace(/.{1,64}/g, '$&\n');
    return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
  }
}

const now = (): number => Date.now();
const serial = (): Buffer => Buffer.concat([Buffer.of(1), randomBytes(15)]);
const named = (text: string): Der => sequence(set(sequence(objectId('2.5.4.3'), utf8String(text))));
const extension = (id: string, value: Der): Der => sequence(objectId(id), yes, octetString(value));
