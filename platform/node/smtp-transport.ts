import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { ConnectFailed, type HostAddress, type Transport, type TransportConnection } from '../../core/delivery/transport.ts';
import { MailerConnection, type MailerError } from './mailer-connection.ts';
import { MailerTransportConnection } from './mailer-transport-connection.ts';

export interface TransportTimeouts {
  /** ms until the TCP connection stands. @default 30 s */
  readonly connect?: number;
  /** ms until greeting, TLS and EHLO are done. @default 5 min, as RFC 5321 section 4.5.3.2.1 asks for the greeting */
  readonly ready?: number;
  /** ms without an octet from the other side. @default 10 min (RFC 5321 section 4.5.3.2.6) */
  readonly silence?: number;
}

const mostReply = 64 * 1024; // octets of one reply

/** SMTP to other hosts, by nodemailer's connection. It never emits a bare CR or LF, and stuffs dots. */
export function smtpTransport({ connect = 30_000, ready = 300_000, silence = 600_000 }: TransportTimeouts = {}): Transport {
  return {
    connect: async (to, signal, opened): Promise<TransportConnection> => {
      const socket = await openSocket(to, connect, signal, opened);
      const mailer = new MailerConnection({
        connection: socket,
        host: to.host,
        port: to.port,
        secure: to.tls === 'implicit',
        requireTLS: to.tls === 'starttls-required',
        ignoreTLS: to.tls === 'none',
        opportunisticTLS: to.tls === 'opportunistic',
        name: to.ehlo,
        connectionTimeout: ready,
        greetingTimeout: ready,
        socketTimeout: silence,
        maxResponseSize: mostReply,
        logger: false,
        tls: { rejectUnauthorized: to.tls !== 'opportunistic', ...(isIP(to.host) === 0 ? { servername: to.host } : {}) },
      });
      await becomeReady(mailer, signal);
      if (to.credentials !== undefined) await login(mailer, to.credentials, signal);
      return new MailerTransportConnection(mailer);
    },
  };
}

function openSocket(to: HostAddress, timeout: number, signal: AbortSignal, opened: () => void = () => {}): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connectTcp({ host: to.ip, port: to.port, noDelay: true });
    const end = (error: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => end(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    const onError = (error: NodeJS.ErrnoException): void =>
      end(new ConnectFailed('connect', error.code ?? error.message, { cause: error }));
    const timer = setTimeout(() => end(new ConnectFailed('connect', `no connection within ${timeout / 1000} s`)), timeout);
    signal.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('connect', () => {
      opened();
      if (signal.aborted) return; // and closed
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      resolve(socket);
    });
  });
}

/** From the open socket to the end of the last EHLO. */
function becomeReady(mailer: MailerConnection, signal: AbortSignal): Promise<void> {
  return untilDone(mailer, signal, (done) => {
    mailer.once('error', (error: MailerError) => done(failed(stageOf(error, mailer), error)));
    mailer.connect((error?: MailerError | null) => done(error == null ? undefined : failed(stageOf(error, mailer), error)));
  });
}

function login(mailer: MailerConnection, { user, password }: NonNullable<HostAddress['credentials']>, signal: AbortSignal): Promise<void> {
  return untilDone(mailer, signal, (done) => {
    mailer.once('error', (error: MailerError) => done(failed('auth', error)));
    mailer.login({ user, pass: password }, (error) => done(error == null ? undefined : failed('auth', error)));
  });
}

/** Runs one step; a failed or aborted one closes the connection. */
function untilDone(mailer: MailerConnection, signal: AbortSignal, step: (done: (error?: Error) => void) => void): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = (): void => done(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    const done = (error?: Error): void => {
      signal.removeEventListener('abort', onAbort);
      mailer.removeAllListeners('error');
      mailer.on('error', () => {}); // errors after this are seen by the next step, which finds the connection closed
      if (error !== undefined) mailer.close();
      if (error === undefined) resolve();
      else reject(error);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    step(done);
  });
}

function stageOf({ code, command, message }: MailerError, mailer: MailerConnection): ConnectFailed['stage'] {
  if (mailer.upgrading === true || code === 'ETLS' || command === 'STARTTLS') return 'tls';
  if (mailer.lastServerResponse === false || /greeting/i.test(message)) return 'greeting';
  return 'ehlo';
}

const failed = (stage: ConnectFailed['stage'], error: MailerError): ConnectFailed =>
  new ConnectFailed(stage, error.response ?? error.message, { reply: error.response, cause: error });
