import { isIP, type Socket } from 'node:net';
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { ConnectFailed, type HostAddress, type Transport, type TransportConnection } from '../../core/delivery/transport.ts';
import { ConnectSteps } from './connect-steps.ts';
import { MailerConnection } from './mailer-connection.ts';
import { MailerTransportConnection } from './mailer-transport-connection.ts';
import { openSocket } from './open-socket.ts';
import type { TransactionPatience } from './smtp-transaction.ts';

/** All in ms. The defaults are those of RFC 5321 section 4.5.3.2. */
export interface TransportTimeouts {
  /** Until the TCP connection stands. @default 30 s */
  readonly connect?: number;
  /** Until the greeting, and then until each reply and the end of each handshake up to the last EHLO or AUTH. @default 5 min */
  readonly ready?: number;
  /** Until the reply to the message, the longest of all: who stops waiting too early sends it twice. Bounds the defaults of those below. @default 10 min */
  readonly silence?: number;
  /** Until the reply to MAIL and to each RCPT. @default 5 min */
  readonly command?: number;
  /** Until the reply to DATA. @default 2 min */
  readonly data?: number;
  /** Until some of what was sent of a message is taken. @default 3 min */
  readonly block?: number;
  /** For all of a transaction up to the end of the message: a host that always takes just a little must not hold a session for ever. @default 10 min + 1 s for each 8 KB */
  whole?(size: number): number;
}

export interface TransportOptions extends TransportTimeouts {
  /** Certificates (PEM) that are trusted. @default - those of Node.js */
  readonly trusted?: readonly string[];
}

const mostReply = 64 * 1024; // octets of one reply
const slowest = 8_192; // octets of a message in a second, over the whole of it
const backstop = 60_000; // ms beyond all times of ours, after which the package ends what we forgot

const wholeTime = (size: number): number => 600_000 + Math.ceil(size / slowest) * 1_000;

/** SMTP to other hosts, by nodemailer's connection. It never emits a bare CR or LF, and stuffs dots. */
export function smtpTransport(options: TransportOptions = {}): Transport {
  const { connect = 30_000, ready = 300_000, silence = 600_000 } = options;
  const atMost = (usual: number): number => Math.min(usual, silence);
  const patience: TransactionPatience = {
    command: options.command ?? atMost(300_000),
    data: options.data ?? atMost(120_000),
    block: options.block ?? atMost(180_000),
    last: silence,
    whole: options.whole ?? wholeTime,
  };
  return {
    connect: async (to, signal, opened): Promise<TransportConnection> => {
      const socket = await openSocket(to, connect, signal, opened);
      const steps = new ConnectSteps(ready);
      const mailer = new MailerConnection(packageOptions(to, socket, options.trusted, Math.max(ready, silence) + backstop), () =>
        steps.heard(),
      );
      try {
        await steps.take(mailer, signal, (done) => mailer.connect(done));
        if (to.credentials !== undefined) await login(mailer, to.credentials, steps, signal);
      } catch (error) {
        socket.destroy(); // the package closes only what it has begun with
        throw error;
      }
      return new MailerTransportConnection(mailer, patience);
    },
  };
}

/** @param longest ms; our own times end everything before */
function packageOptions(to: HostAddress, socket: Socket, trusted: TransportOptions['trusted'], longest: number): SMTPConnectionOptions {
  return {
    connection: socket,
    host: to.host,
    port: to.port,
    secure: to.tls === 'implicit',
    requireTLS: to.tls === 'starttls-required',
    ignoreTLS: to.tls === 'none',
    opportunisticTLS: to.tls === 'opportunistic',
    name: to.ehlo,
    connectionTimeout: 10 * longest,
    greetingTimeout: longest,
    socketTimeout: longest,
    socketCloseTimeout: 0,
    maxResponseSize: mostReply,
    tls: {
      rejectUnauthorized: to.tls !== 'opportunistic',
      ...(trusted === undefined ? {} : { ca: [...trusted] }),
      ...(isIP(to.host) === 0 ? { servername: to.host } : {}),
    },
  };
}

/** A password is never sent in the clear, and never to a host that did not ask for it. */
async function login(
  mailer: MailerConnection,
  { user, password }: NonNullable<HostAddress['credentials']>,
  steps: ConnectSteps,
  signal: AbortSignal,
): Promise<void> {
  const why = !mailer.secure ? 'the host offers no TLS' : mailer.offers.has('AUTH') ? undefined : 'the host offers no login';
  if (why !== undefined) {
    mailer.close();
    throw new ConnectFailed('auth', why, { dialogue: mailer.dialogue.take() });
  }
  const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  mailer.dialogue.hide([password, encoded(password), encoded(`\0${user}\0${password}`)]);
  await steps.take(mailer, signal, (done) => mailer.login({ user, pass: password }, done));
  mailer.dialogue.hideNoMore();
}
