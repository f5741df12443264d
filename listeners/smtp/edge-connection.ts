import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { parameterFault } from './esmtp-parameters.ts';
import { type Reply, reply } from './reply.ts';

/** What a connection asks of the dialogue that goes on over it. */
export interface ConnectionRules {
  /** Of the session. */
  readonly id: string;
  /** Refuse a client that spoke before it was greeted. */
  readonly refusesEarlyTalkers: boolean;
  /** ms. */
  idleTimeout(): number;
  handshakeTimeout(): number;
  /** @returns a 421 to end the session with, before this command is looked at */
  goodbyeBefore(verb: string, inTransaction: boolean): Reply | undefined;
  /** @param argument the first, in capitals. @returns why this command can't be had now, though the package would run it */
  refuseCommand(verb: string, argument: string): Reply | undefined;
  mayOffer(verb: string): boolean;
  /** @returns names of what AUTH would be taken with now */
  mechanisms(): readonly string[];
  /** @param message in base64. Never rejects */
  authExternal(message: string): Promise<'authenticated' | Reply>;
  /** @returns extensions with their parameters, to be announced beside those of the package */
  announces(): readonly string[];
  connectionClosed(): void;
}

const mostFaults = 100; // 5xx replies in a row of commands without a message taken

/**
 * smtp-server's connection with what we need changed; all that touches the insides of the package is in this file, and
 * test/smtp/edge-connection.test.ts fails when they move. Changed: no wait before the greeting, a deadline per command instead of per
 * octet, texts that bring their own enhanced code, an end at command boundaries, answers to commands the package jokes about, strict
 * parameters of reports, extensions of ours in the reply to EHLO.
 */
export class EdgeConnection extends SMTPConnection {
  readonly #rules: ConnectionRules;
  readonly #host: string;
  #timer: NodeJS.Timeout | undefined;
  #faults = 0;
  #greetingBack = false;

  constructor(server: SMTPServer, socket: Socket | TLSSocket, rules: ConnectionRules, secure: boolean) {
    super(server, socket, { id: rules.id });
    this.#rules = rules;
    this.#host = this.name;
    this.session.secure = this.secure = secure;
    if ('getCipher' in socket) this.tlsOptions = socket.getCipher();
  }

  get isInTransaction(): boolean {
    return this.session.envelope?.mailFrom !== false && this.session.envelope?.mailFrom !== undefined;
  }

  /** Waiting for a command with nothing under way: the moment at which a session may be ended. */
  get isIdle(): boolean {
    return !this._handlerPending && !this._upgrading && this._dataStream === false && !this._closing;
  }

  /** The package waits 100 ms here for clients that speak too early. Octets that came while the session was admitted tell them as well. */
  override init(): void {
    const early = this.#rules.refusesEarlyTalkers && this._socket.readableLength > 0;
    this._setListeners(() => {
      if (early) this.hangUp(reply(554, `5.5.0 ${this.#host} Protocol error: you spoke before the greeting`));
      else this.connectionReady();
    });
  }

  hangUp({ code, text }: Reply): void {
    if (this._closing || this._closed) return;
    this.send(code, text);
    this.close();
  }

  /** An octet that counts came. */
  heard(): void {
    this._armTimeout();
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const hasOwnCode = typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(data);
    super.send(code, this.#greetingBack && Array.isArray(data) ? this.#withOurs(data) : data, hasOwnCode ? false : context);
    if (code < 500) this.#faults = code === 250 && context === 'DATA_OK' ? 0 : this.#faults;
    else if (++this.#faults === mostFaults) this.hangUp(reply(421, `4.7.0 ${this.#host} Too many errors`));
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    if (this._upgrading || !this._ready || this._closing) super._onCommand(command, callback);
    else this.#judgeCommand(command, callback);
  }

  #judgeCommand(command: Buffer, callback?: () => void): void {
    const verb = this._nextHandler === false ? verbOf(command) : '';
    const goodbye = this.#rules.goodbyeBefore(verb, this.isInTransaction);
    if (goodbye !== undefined) {
      this.hangUp(goodbye);
      return;
    }
    const next = (): void => {
      this._armTimeout();
      callback?.();
    };
    const parameters = verb === 'MAIL' || verb === 'RCPT' ? parameterFault(command.toString(), this.secure) : undefined;
    const refused = this.#rules.refuseCommand(verb, argumentOf(command)) ?? parameters;
    if (refused === undefined) super._onCommand(command, next);
    else {
      this.send(refused.code, refused.text);
      setImmediate(next);
    }
  }

  override _isSupported(command: string): boolean {
    return super._isSupported(command) && this.#rules.mayOffer(command);
  }

  /** A line must be whole in the time given; each octet of a slow one would put the package's own timeout off. */
  override _armTimeout(socket: Socket = this._socket): void {
    clearTimeout(this.#timer);
    if (this._closing || this._closed) return; // close() has its own deadline
    if (this._upgrading) this.#timer = setTimeout(() => socket.destroy(), this.#rules.handshakeTimeout());
    else this.#timer = setTimeout(() => this._onTimeout(), this.#rules.idleTimeout());
  }

  /** The package would pass on its parser's error with a 421, which tells the client to come back with the same line. */
  override _createParser(): SMTPStream {
    const parser = super._createParser();
    parser.removeAllListeners('error').on('error', () => this.hangUp(reply(500, '5.5.2 Line too long')));
    return parser;
  }

  override _onClose(): void {
    clearTimeout(this.#timer);
    super._onClose();
    this.#rules.connectionClosed();
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    this.#greetingBack = true;
    super.handler_EHLO(command, callback);
    this.#greetingBack = false;
  }

  /** The order is without meaning, but SIZE has always been the last one here. */
  #withOurs(lines: readonly string[]): string[] {
    const ours = lines.map((line) => (line.startsWith('AUTH ') ? ['AUTH', ...this.#rules.mechanisms()].join(' ') : line));
    return [...ours.slice(0, -1), ...this.#rules.announces(), ...ours.slice(-1)];
  }

  /** The package knows no EXTERNAL (RFC 4422 appendix A). */
  override handler_AUTH(command: Buffer, callback: () => void): void {
    const [, mechanism = '', initial, ...more] = command.toString('latin1').trim().split(/\s+/);
    if (mechanism.toUpperCase() !== 'EXTERNAL' || this.session.user) super.handler_AUTH(command, callback);
    else if (more.length > 0) this.#answer(reply(501, '5.5.4 Syntax: AUTH EXTERNAL [initial-response]'), callback);
    else if (initial !== undefined) this.#external(initial, callback);
    else {
      this._nextHandler = (line, next) => this.#external(line.toString('latin1').trim(), next);
      this.send(334, '');
      callback();
    }
  }

  #external(message: string, callback: () => void): void {
    if (message === '*') {
      this.#answer(reply(501, '5.7.0 Authentication cancelled'), callback);
      return;
    }
    void this.#rules.authExternal(message).then((answer) => {
      if (answer === 'authenticated') {
        this.session.user = true;
        this.session.transmissionType = this._transmissionType();
        this.send(235, '2.7.0 Authentication successful');
      } else this.send(answer.code, answer.text);
      callback();
    });
  }

  override handler_VRFY(_command: Buffer, callback: () => void): void {
    this.#answer(reply(252, '2.5.2 Cannot VRFY user, but will accept message and attempt delivery'), callback);
  }

  handler_EXPN(_command: Buffer, callback: () => void): void {
    this.#answer(reply(502, '5.5.1 EXPN is not available'), callback);
  }

  override handler_HELP(_command: Buffer, callback: () => void): void {
    this.#answer(reply(214, '2.0.0 See RFC 5321'), callback);
  }

  #answer({ code, text }: Reply, callback: () => void): void {
    this.send(code, text);
    callback();
  }
}

const argumentOf = (command: Buffer): string => (command.toString('latin1', 0, 64).split(/\s+/, 2)[1] ?? '').toUpperCase();

/** As the package reads it, to which `ı` is an I as well. */
const verbOf = (command: Buffer): string => (command.toString('utf8', 0, 24).split(' ', 1)[0] ?? '').toUpperCase();
