import type { SecureContext } from 'node:tls';
import type { EventLog } from '../../core/observe/event-log.ts';
import { type CertificateSourceDeps, type CertificateTexts, readCertificate, usualName } from './certificate-source.ts';
import { ClientAuthorities } from './client-authorities.ts';
import { type KeyPair, type UsablePair, usablePair } from './key-pair.ts';

/** What new TLS sessions are made with; running ones keep theirs. */
export interface TlsMaterial {
  secureContext(): SecureContext;
  /** The same, where client certificates are asked for; that of secureContext while none would be taken. */
  askingContext(): SecureContext;
  pair(): KeyPair;
  /** Until the certificate in use is over; negative when it is. */
  daysLeft(): number;
  close(): void;
}

export interface TlsOptions extends CertificateSourceDeps {
  readonly log: EventLog;
  readonly clock: { now(): number };
  /** Used while there is no other. */
  selfSigned(): Promise<KeyPair>;
  /** What can't be used at the start: an error, or a self-signed one until it can. @default refuse */
  readonly atStart?: 'refuse' | 'self-signed';
  /** ms between looks at files and secrets. @default 5000 */
  readonly lookEvery?: number;
}

const day = 86_400_000; // ms
const soon = 14; // days

/**
 * Loads the certificate and keeps up with it: what the settings name is read again and again, and what can't be used is told once while the
 * last good one stays.
 * @throws when the certificate that is set can't be used at the start
 */
export async function openTls(options: TlsOptions): Promise<TlsMaterial> {
  const certificate = new CertificateInUse(options);
  await certificate.start();
  const authorities = new AuthoritiesInUse(options);
  await authorities.look();
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void Promise.all([certificate.look(), authorities.look()]).finally(() => {
      looking = false;
    });
  }, options.lookEvery ?? 5000);
  timer.unref();
  return {
    secureContext: () => certificate.current.context,
    askingContext: () => authorities.context(certificate.current.pair) ?? certificate.current.context,
    pair: () => certificate.current.pair,
    daysLeft: () => certificate.daysLeft(),
    close: () => clearInterval(timer),
  };
}

/** ClientAuthorities with a voice. What can't be used does not keep the process from serving: those who have a password can log in. */
class AuthoritiesInUse {
  readonly #log: EventLog;
  readonly #authorities: ClientAuthorities;
  #rejected: string | undefined;

  constructor(options: TlsOptions) {
    this.#log = options.log;
    this.#authorities = new ClientAuthorities(options);
  }

  context(pair: KeyPair): SecureContext | undefined {
    return this.#authorities.context(pair);
  }

  /** Never rejects. */
  async look(): Promise<void> {
    try {
      const fresh = await this.#authorities.look();
      this.#rejected = undefined;
      if (fresh === undefined) return;
      const { name, certificates, revocations } = fresh;
      this.#log.event('client-authorities-loaded', { from: name, authorities: certificates.length, revocations: revocations.length });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#rejected) this.#log.failure('client-authorities-rejected', error);
      this.#rejected = message;
    }
  }
}

interface InUse extends UsablePair {
  readonly name: string;
  /** Of a self-signed one there is none. */
  readonly mark: string | undefined;
}

class CertificateInUse {
  readonly #options: TlsOptions;
  #current: InUse | undefined;
  /** What was rejected last. */
  #rejected: string | undefined;
  /** When the end was told to be near, ms since the epoch. */
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(options: TlsOptions) {
    this.#options = options;
  }

  get current(): InUse {
    if (this.#current === undefined) throw new Error('no certificate is loaded');
    return this.#current;
  }

  daysLeft(): number {
    const days = (this.current.over - this.#options.clock.now()) / day;
    return Math.floor(days * 10) / 10;
  }

  async start(): Promise<void> {
    try {
      const found = await this.#find();
      if (found !== undefined) this.#use(found);
    } catch (error) {
      if (this.#options.atStart !== 'self-signed') throw error;
      this.#reject(error);
    }
    if (this.#current === undefined) await this.#goSelfSigned();
    this.#warn();
  }

  /** Never rejects. */
  async look(): Promise<void> {
    try {
      const found = await this.#find();
      if (found === undefined) await this.#none();
      else if (found !== this.#current) this.#use(found);
      this.#rejected = undefined;
    } catch (error) {
      this.#reject(error);
    }
    this.#warn();
  }

  /** @returns the one in use, when it is still the same */
  async #find(): Promise<InUse | undefined> {
    const texts = await readCertificate(this.#options);
    if (texts === undefined) return undefined;
    return texts.mark === this.#current?.mark ? this.#current : usable(texts);
  }

  #use(found: InUse): void {
    this.#current = found;
    this.#warnedAt = Number.NEGATIVE_INFINITY;
    this.#options.log.event('certificate-loaded', { certificate: found.name, days: this.daysLeft() });
  }

  /** A secret that was emptied takes nobody's certificate away; a setting that was, says so. */
  async #none(): Promise<void> {
    if (this.current.mark === undefined) return;
    if (this.current.name === usualName(this.#options)) throw new Error(`${this.current.name} holds no certificate any more`);
    await this.#goSelfSigned();
  }

  async #goSelfSigned(): Promise<void> {
    const { key, certificate } = await this.#options.selfSigned();
    this.#use({ ...usablePair(certificate, key), name: 'self-signed', mark: undefined });
  }

  /** Once, until something else is wrong or it is right again. */
  #reject(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== this.#rejected) this.#options.log.failure('certificate-rejected', error);
    this.#rejected = message;
  }

  #warn(): void {
    const now = this.#options.clock.now();
    if (this.daysLeft() >= soon || now - this.#warnedAt < day) return;
    this.#warnedAt = now;
    this.#options.log.event('certificate-expires-soon', { certificate: this.current.name, days: this.daysLeft() });
  }
}

function usable({ name, certificate, key, mark }: CertificateTexts): InUse {
  try {
    return { ...usablePair(certificate, key), name, mark };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`tls/certificate ${name} can't be used: ${why}`, { cause: error });
  }
}
