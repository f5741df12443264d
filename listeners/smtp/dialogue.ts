import type { TLSSocket } from 'node:tls';
import type { AccountDirectory } from '../../core/accounts/account-directory.ts';
import { parseSaslExternal } from '../../core/accounts/sasl-message.ts';
import type { ResolvedRecipient } from '../../core/delivery/recipients.ts';
import type { Quotas } from '../../core/mailbox/quota.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import type { TellRefused } from '../../core/observe/refused.ts';
import { msaSettings, smtpSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { netSettings } from '../../core/settings/network.ts';
import { serverSettings } from '../../core/settings/server.ts';
import type { ReversePath } from '../../core/values/address.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import { type CommandPlaces, inPlace } from '../net/command-places.ts';
import type { TlsFacts } from '../net/connection.ts';
import { tlsFacts } from '../net/key-bits.ts';
import type { LoggedIn, Session } from '../net/session.ts';
import type { EdgeConnection } from './edge-connection.ts';
import type { AuthAttempt, DataStream, Dialogue, PackageSession, PathArgument } from './edge-server.ts';
import { judgeRecipient, judgeSender } from './envelope.ts';
import { type MailWishes, mailWishes } from './esmtp-parameters.ts';
import { announcedSize, refusedByQuota } from './quota-check.ts';
import { DataFault } from './received-octets.ts';
import { endingReply, refusalReply } from './refusal-reply.ts';
import { type Reply, reply, tryAgainLater } from './reply.ts';
import { type Envelope, endsSession, type TakeDeps, takeMessage } from './take-message.ts';

export interface DialogueDeps extends TakeDeps {
  readonly accounts: AccountDirectory;
  readonly settings: LiveSettings;
  readonly places: CommandPlaces;
  readonly quotas: Quotas;
  readonly refused: TellRefused;
  readonly log: EventLog;
}

const longestData = 2 * 3600_000; // ms for one message: octets that trickle hold a slot and a half-written body
const mostDrained = 4; // times the size limit that is read and thrown away, so that the client hears why
/** Commands that give a transaction up: behind them there is none to finish. */
const abandons: ReadonlySet<string> = new Set(['EHLO', 'HELO', 'RSET']);
const shown: ReadonlySet<string> = new Set(['EHLO', 'HELO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'RSET', 'NOOP', 'VRFY']);

/** Our side of one SMTP or submission session: what the client may do, and what came of it. */
export class SmtpDialogue implements Dialogue {
  readonly #kind: 'smtp' | 'msa';
  readonly #session: Session;
  readonly #deps: DialogueDeps;
  readonly #closed: () => void;
  #tls: TlsFacts | undefined;
  #connection: EdgeConnection | undefined;
  #path: ReversePath = '';
  #wishes: MailWishes = {};
  /** By SIZE, octets. */
  #announced = 0;
  #recipients: Map<string, ResolvedRecipient> | undefined;

  constructor(kind: 'smtp' | 'msa', session: Session, tls: TlsFacts | undefined, deps: DialogueDeps, closed: () => void) {
    this.#kind = kind;
    this.#session = session;
    this.#tls = tls;
    this.#deps = deps;
    this.#closed = closed;
  }

  get id(): string {
    return this.#session.id;
  }

  get refusesEarlyTalkers(): boolean {
    return this.#kind === 'smtp';
  }

  attach(connection: EdgeConnection): void {
    this.#connection = connection;
    this.#session.onEnding(() => this.#endIfIdle());
    this.#session.doing('connected');
  }

  secured(socket: TLSSocket): void {
    this.#tls = tlsFacts(socket);
    this.#connection?.heard();
  }

  connectionClosed(): void {
    this.#closed();
  }

  idleTimeout(): number {
    return this.#deps.settings.get(this.#kind === 'smtp' ? smtpSettings.idleTimeout : msaSettings.idleTimeout) * 1000;
  }

  handshakeTimeout(): number {
    return this.#deps.settings.get(netSettings.handshakeTimeout) * 1000;
  }

  goodbyeBefore(verb: string, inTransaction: boolean): Reply | undefined {
    if (!this.#session.mayAct()) return reply(421, '4.3.0 Try again later');
    const { ending } = this.#session;
    const mayFinish = ending === 'draining' && inTransaction && !abandons.has(verb);
    if (ending !== undefined && !mayFinish && verb !== 'QUIT') return endingReply(ending, this.#host);
    if (shown.has(verb)) this.#session.doing(verb);
    return undefined;
  }

  /** RFC 9422; there is no limit of messages in a session. */
  announces(): readonly string[] {
    return [`LIMITS RCPTMAX=${this.#deps.settings.get(smtpSettings.recipients)}`];
  }

  mayOffer(verb: string): boolean {
    return verb !== 'AUTH' || this.mechanisms().length > 0;
  }

  mechanisms(): readonly string[] {
    const byPassword = this.#loginRefusal('password') === undefined;
    return [...(byPassword ? ['PLAIN', 'LOGIN'] : []), ...(this.#loginRefusal('certificate') === undefined ? ['EXTERNAL'] : [])];
  }

  refuseCommand(verb: string, argument: string): Reply | undefined {
    if (verb !== 'AUTH') return undefined;
    if (this.#kind === 'smtp') return reply(503, '5.5.1 Authentication is not available here');
    return this.#loginRefusal(argument === 'EXTERNAL' ? 'certificate' : 'password');
  }

  running<T>(command: () => Promise<T>): Promise<T | Reply> {
    return inPlace<T | Reply>(this.#session, this.#deps, { run: command, full: (refusal) => refusalReply(refusal, this.#host) });
  }

  async auth({ username = '', password, authcid, authzid }: AuthAttempt): Promise<'authenticated' | Reply> {
    // The package takes the authorization identity for the user when it stands alone; nobody acts for somebody else (RFC 4616).
    const actsForOther = authcid && authzid && authcid.toLowerCase() !== authzid.toLowerCase();
    if (actsForOther) return reply(535, '5.7.8 Authentication credentials invalid');
    return this.#loggedIn(await this.#session.login(username, password ?? '', this.#tls));
  }

  async authExternal(message: string): Promise<'authenticated' | Reply> {
    const parsed = parseSaslExternal(message === '' ? '=' : message);
    if (typeof parsed === 'string') return reply(501, '5.5.2 EXTERNAL is an account or nothing, in base64');
    const enter = async () => this.#loggedIn(await this.#session.loginWith({ way: 'certificate', ...parsed }, this.#tls));
    return this.#surely(() => this.running(enter));
  }

  /** What breaks is answered as well: a client in the midst of its message is read to the end, or it would wait for its answer in vain. */
  async #surely<T>(command: () => Promise<T | Reply>): Promise<T | Reply> {
    try {
      return await command();
    } catch (error) {
      this.failed(error);
      return tryAgainLater;
    }
  }

  #loggedIn(answer: LoggedIn | Refusal): 'authenticated' | Reply {
    if (!isRefusal(answer)) return 'authenticated';
    if (answer.refused === 'too-many-failed-logins') this.#connection?.send(535, '5.7.8 Authentication credentials invalid');
    const refused = refusalReply(answer, this.#host);
    return endsSession(refused) ? this.#endWith(refused) : refused;
  }

  async mail(path: PathArgument, { envelope }: PackageSession): Promise<Reply | undefined> {
    const { account } = this.#session;
    // The package asks for a login only while it offers one: without TLS it may offer none.
    if (this.#kind === 'msa' && account === undefined) {
      const refused = this.#loginRefusal('password');
      return refused === undefined || refused.code !== 538 ? notLoggedIn : reply(530, '5.7.0 Must issue a STARTTLS command first');
    }
    const judged = await judgeSender(path, { smtpUtf8: envelope.smtpUtf8 === true, account }, this.#deps.accounts);
    if ('code' in judged) return judged;
    this.#wishes = mailWishes(path.args);
    this.#announced = announcedSize(path.args);
    this.#path = judged.path;
    this.#recipients = new Map();
    return undefined;
  }

  async rcpt(path: PathArgument, { envelope }: PackageSession): Promise<Reply | undefined> {
    const { account } = this.#session;
    if (this.#kind === 'msa' && account === undefined) return notLoggedIn;
    const judged = await judgeRecipient(path, { smtpUtf8: envelope.smtpUtf8 === true, account }, this.#deps.accounts);
    if ('code' in judged) return judged;
    const full = await refusedByQuota(judged, this.#announced, this.#deps);
    if (full !== undefined) return full;
    this.#recipients?.set(path.address.toLowerCase(), judged);
    return undefined;
  }

  async data(stream: DataStream, session: PackageSession): Promise<Reply> {
    const { account } = this.#session;
    if (this.#kind === 'msa' && account === undefined) return notLoggedIn;
    const most = this.#deps.settings.get(smtpSettings.messageSize);
    const until = this.#deps.clock.now() + longestData;
    const heard = (): void => {
      this.#connection?.heard();
      if (this.#deps.clock.now() > until) throw new DataFault('too-slow');
    };
    const rules = { most, heard, bareLineEnds: this.#kind === 'smtp' ? 'refuse' : 'pass' } as const;
    const take = () => takeMessage(stream, this.#envelope(session), rules, () => this.#session.mayAct(), this.#deps);
    const taken = await this.#surely(() => this.running(take));
    this.#tell(taken, session);
    if (endsSession(taken)) return this.#endWith(taken);
    if (taken.code !== 250) this.#drain(stream, most * mostDrained, taken);
    return taken;
  }

  /** The next transaction may have begun already, in the same packet. */
  transactionOver(): void {
    this.#endIfIdle();
  }

  failed(error: unknown): void {
    this.#deps.log.failure('smtp-command-failed', error, { session: this.#session.id, protocol: this.#kind });
  }

  get #host(): string {
    return this.#deps.settings.get(serverSettings.hostname);
  }

  #loginRefusal(way: 'password' | 'certificate'): Reply | undefined {
    const refused = this.#session.mayLogin(this.#tls, way);
    return refused === undefined ? undefined : refusalReply(refused, this.#host);
  }

  #endIfIdle(): void {
    const { ending } = this.#session;
    const connection = this.#connection;
    if (ending === undefined || connection === undefined || !connection.isIdle) return;
    if (ending !== 'draining' || !connection.isInTransaction) connection.hangUp(endingReply(ending, this.#host));
  }

  #endWith(last: Reply): Reply {
    this.#connection?.hangUp(last);
    return last;
  }

  #envelope({ envelope, hostNameAppearsAs, openingCommand }: PackageSession): Envelope {
    const recipients = envelope.rcptTo.flatMap(({ address }) => this.#recipients?.get(address.toLowerCase()) ?? []);
    return {
      path: this.#path,
      recipients,
      ...this.#wishes,
      eightBit: envelope.bodyType === '8bitmime',
      utf8: envelope.smtpUtf8 === true,
      host: this.#host,
      helo: hostNameAppearsAs || 'unknown',
      client: this.#session.client.ip,
      tls: this.#tls,
      extended: openingCommand === 'EHLO',
      account: this.#session.account,
    };
  }

  /** The rest of a refused message is read, so that its client gets the answer and not a reset; but not for ever. */
  #drain(stream: DataStream, most: number, why: Reply): void {
    let drained = 0;
    stream.on('data', (chunk: Buffer) => {
      this.#connection?.heard();
      drained += chunk.length;
      if (drained > most) this.#connection?.hangUp(why);
    });
  }

  #tell({ code, text }: Reply, { envelope }: PackageSession): void {
    this.#deps.log.event(code === 250 ? 'message-accepted' : 'message-refused', {
      session: this.#session.id,
      protocol: this.#kind,
      address: this.#session.client.ip,
      account: this.#session.account,
      from: this.#path,
      recipients: envelope.rcptTo.length,
      reply: `${code} ${text}`,
    });
  }
}

const notLoggedIn = reply(530, '5.7.0 Authentication required');
