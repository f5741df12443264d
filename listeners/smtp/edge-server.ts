import type { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { asksForCertificate } from '../net/client-certificate.ts';
import { type ConnectionRules, EdgeConnection } from './edge-connection.ts';
import { type Reply, tryAgainLater } from './reply.ts';

type OnAuth = SMTPServer['onAuth'];
type OnMailFrom = SMTPServer['onMailFrom'];
type OnData = SMTPServer['onData'];
export type AuthAttempt = Parameters<OnAuth>[0];
export type PathArgument = Parameters<OnMailFrom>[0];
export type PackageSession = Parameters<OnMailFrom>[1];
export type DataStream = Parameters<OnData>[0];

/** The judge of one session's commands. */
export interface Dialogue extends ConnectionRules {
  auth(attempt: AuthAttempt): Promise<'authenticated' | Reply>;
  mail(path: PathArgument, session: PackageSession): Promise<Reply | undefined>;
  rcpt(path: PathArgument, session: PackageSession): Promise<Reply | undefined>;
  /** Takes a place itself, for as long as the message takes. */
  data(stream: DataStream, session: PackageSession): Promise<Reply>;
  /** Runs a command in a place of its own among those of this process. @returns a 451 when none was free in time */
  running<T>(command: () => Promise<T>): Promise<T | Reply>;
  attach(connection: EdgeConnection): void;
  /** TLS stands now, after STARTTLS. */
  secured(socket: TLSSocket): void;
  /** The reply to a message was sent. */
  transactionOver(): void;
  /** Something of ours broke; the client is told to try again. */
  failed(error: unknown): void;
}

/** Settings the package reads at each use, so that a change takes effect in sessions that run. */
export interface LiveOptions {
  name(): string;
  banner(): string;
  size(): number;
  maxRecipients(): number;
}

/** Commands the package knows and we don't want: jokes, LMTP, and ways to lie about the client's address. */
const never = ['WIZ', 'SHELL', 'KILL', 'LHLO', 'XCLIENT', 'XFORWARD'];
const maxCommandLength = 12_288; // octets, for AUTH (RFC 4954 section 4); all others are far shorter

/** smtp-server without its listening socket: connections come admitted from the accept loop. One per protocol and process. */
export class EdgeServer extends SMTPServer {
  readonly #dialogues = new WeakMap<PackageSession, Dialogue>();

  constructor(live: LiveOptions, offersAuth: boolean) {
    super(packageOptions(live, offersAuth));
    // Read at each STARTTLS, beside the context; who shows no good certificate is let in all the same.
    const requestCert = { get: (): boolean => asksForCertificate(this.secureContext.get('*')), enumerable: true };
    Object.defineProperty(this.options, 'requestCert', requestCert);
  }

  /** Serves an admitted connection from the greeting on. @param secure TLS stands already */
  serve(socket: Socket | TLSSocket, secure: boolean, certificate: SecureContext, dialogue: Dialogue): void {
    this.secureContext.set('*', certificate);
    const connection = new EdgeConnection(this, socket, dialogue, secure);
    connection.on('error', () => {}); // the connection is being closed, and its end is all we go by
    this.#dialogues.set(connection.session, dialogue);
    dialogue.attach(connection);
    connection.init();
  }

  override onConnect: SMTPServer['onConnect'] = (_session, callback) => callback();

  override onSecure: SMTPServer['onSecure'] = (socket, session, callback) => {
    this.#dialogues.get(session)?.secured(socket as TLSSocket);
    callback();
  };

  override onAuth: SMTPServer['onAuth'] = (attempt, session, callback) => {
    this.#ask(
      session,
      (dialogue) => dialogue.running(() => dialogue.auth(attempt)),
      (answer) => (answer === 'authenticated' ? callback(null, { user: true }) : callback(asError(answer))),
    );
  };

  override onMailFrom: SMTPServer['onMailFrom'] = (path, session, callback) => {
    this.#ask(
      session,
      (dialogue) => dialogue.running(() => dialogue.mail(path, session)),
      (refused) => callback(refused === undefined ? null : asError(refused)),
    );
  };

  override onRcptTo: SMTPServer['onRcptTo'] = (path, session, callback) => {
    this.#ask(
      session,
      (dialogue) => dialogue.running(() => dialogue.rcpt(path, session)),
      (refused) => callback(refused === undefined ? null : asError(refused)),
    );
  };

  override onData: SMTPServer['onData'] = (stream, session, callback) => {
    this.#ask(
      session,
      (dialogue) => dialogue.data(stream, session),
      (answer) => {
        if (answer.code === 250) callback(null, answer.text);
        else callback(asError(answer));
        setImmediate(() => this.#dialogues.get(session)?.transactionOver());
      },
    );
  };

  #ask<T>(session: PackageSession, question: (dialogue: Dialogue) => Promise<T>, answer: (judged: T | Reply) => void): void {
    const dialogue = this.#dialogues.get(session);
    if (dialogue === undefined) throw new Error('a session without a dialogue');
    question(dialogue)
      .catch((error: unknown): Reply => {
        dialogue.failed(error);
        return tryAgainLater;
      })
      .then(answer);
  }
}

/** The package takes a refusal as an error with a code. */
const asError = ({ code, text }: Reply): Error => Object.assign(new Error(text), { responseCode: code });

function packageOptions(live: LiveOptions, offersAuth: boolean): SMTPServerOptions {
  return {
    logger: false,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    hideREQUIRETLS: false,
    authMethods: ['PLAIN', 'LOGIN'],
    rejectUnauthorized: false,
    authRequiredMessage: '5.7.0 Authentication required',
    allowInsecureAuth: true, // the session's own rule decides when passwords may be sent
    disabledCommands: offersAuth ? never : [...never, 'AUTH'],
    maxAllowedUnauthenticatedCommands: 30,
    maxCommandLength,
    heloResponse: '%s greets %s',
    get name() {
      return live.name();
    },
    get banner() {
      return live.banner();
    },
    get size() {
      return live.size();
    },
    get maxRecipients() {
      return live.maxRecipients();
    },
  };
}
