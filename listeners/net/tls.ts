import { readFile, stat } from 'node:fs/promises';
import tls, { type SecureContext } from 'node:tls';
import type { EventLog } from '../../core/observe/event-log.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { tlsSettings } from '../../core/settings/server.ts';

/** PEM texts of a private key and its certificate chain. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** What new TLS sessions are made with; running ones keep theirs. */
export interface TlsMaterial {
  secureContext(): SecureContext;
  pair(): KeyPair;
  close(): void;
}

export interface TlsOptions {
  readonly settings: LiveSettings;
  readonly log: EventLog;
  /** Used while no certificate is set. */
  selfSigned(): Promise<KeyPair>;
  /** ms between looks at the files. @default 5000 */
  readonly lookEvery?: number;
}

/**
 * Loads the certificate and keeps up with it: settings and files are looked at again and again, and what can't be used is told once
 * while the last good one stays.
 * @throws when the certificate that is set can't be used at the start
 */
export async function openTls(options: TlsOptions): Promise<TlsMaterial> {
  const { log, lookEvery = 5000 } = options;
  let current = await load(options);
  let tried = current.mark;
  let looking = false;

  const look = async (): Promise<void> => {
    const mark = await markOf(options.settings);
    if (mark === tried) return;
    tried = mark;
    current = await load(options);
    log.event('certificate-loaded', { certificate: options.settings.get(tlsSettings.certificate) || 'self-signed' });
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error) => log.failure('certificate-rejected', error))
      .finally(() => {
        looking = false;
      });
  }, lookEvery);
  timer.unref();

  return { secureContext: () => current.context, pair: () => current.pair, close: () => clearInterval(timer) };
}

interface Loaded {
  readonly pair: KeyPair;
  readonly context: SecureContext;
  readonly mark: string;
}

async function load({ settings, selfSigned }: TlsOptions): Promise<Loaded> {
  const certificateFile = settings.get(tlsSettings.certificate);
  const keyFile = settings.get(tlsSettings.key);
  const mark = await markOf(settings);
  if (certificateFile === '') {
    const pair = await selfSigned();
    return { pair, context: contextOf(pair), mark };
  }
  try {
    const pair = { certificate: await readFile(certificateFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
    return { pair, context: contextOf(pair), mark };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`tls/certificate ${certificateFile} with tls/key ${keyFile} can't be used: ${why}`, { cause: error });
  }
}

const contextOf = ({ key, certificate }: KeyPair): SecureContext =>
  tls.createSecureContext({ key, cert: certificate, minVersion: 'TLSv1.2' });

/** Changes whenever another certificate may be meant. */
async function markOf(settings: LiveSettings): Promise<string> {
  const files = [settings.get(tlsSettings.certificate), settings.get(tlsSettings.key)];
  const marks = await Promise.all(files.map(markOfFile));
  return marks.join('\n');
}

const markOfFile = async (file: string): Promise<string> => {
  if (file === '') return '';
  const facts = await stat(file).catch(() => undefined);
  return `${file} ${facts?.mtimeMs ?? 'missing'} ${facts?.size ?? ''} ${facts?.ino ?? ''}`;
};
