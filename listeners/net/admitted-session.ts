import type { Login } from '../../core/accounts/login.ts';
import { anonymousAccount } from '../../core/accounts/principal.ts';
import type { Refused, TellRefused } from '../../core/observe/refused.ts';
import { loginSettings } from '../../core/settings/login.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Full, Hold } from '../../core/slots/slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import { type AccountSlotDeps, askAccountSlot } from './account-slot.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { ClientAddress, TlsFacts } from './connection.ts';
import type { RestingSession } from './fellow-processes.ts';
import { goodbyeTime } from './goodbye-time.ts';
import { goodCertificate, type LoginWay, loginRefusal, type Proof, wayOfUser } from './login-ways.ts';
import type { Ending, LoggedIn, Session } from './session.ts';

/** What every session of a process uses. */
export interface SessionDeps extends AccountSlotDeps {
  readonly login: Pick<Login, 'check' | 'certificate'>;
  readonly refused: TellRefused;
}

const accountFull = ({ used, limit }: Full): Extract<Refusal, { refused: 'account-full' }> => ({ refused: 'account-full', used, limit });

/** What a session's login rests on: when it is true no more, the session has to end. */
export interface Proved {
  /** See LoggedIn. */
  readonly credentialVersion: number | undefined;
  /** Of who came without a password. */
  readonly certificate: ClientCertificate | undefined;
}

/** The connection under a session, whatever is spoken on it. */
export interface Link {
  readonly destroyed: boolean;
  /** Closes it at once. */
  destroy(): void;
}

/** See Session. Made by Admission, which gives it its first holds; `over` gives all back. */
export class AdmittedSession implements Session {
  readonly id: SessionId;
  readonly protocol: Protocol;
  readonly client: ClientAddress;
  readonly since: number;
  readonly #deps: SessionDeps;
  #holds: Hold[];
  #accountHold: Hold | undefined;
  readonly #link: Link;
  #account: AccountId | undefined;
  #proved: Proved | undefined;
  /** Accounts that changed while a login is under way: what was proved may be true no more. */
  #changedMeanwhile: Set<AccountId> | undefined;
  #ending: Ending | undefined;
  #onEnding: ((why: Ending) => void) | undefined;
  #onOver: (() => void) | undefined;
  #isQuiet: (() => boolean) | undefined;
  #failures = 0;
  #badCertificateTold = false;
  #doing = 'connected';
  #rest: { readonly idling: boolean; readonly since: number } | undefined;
  #over = false;
  /** Runs out at `login/time`; after `mustEnd` when the goodbye took too long. */
  #timer: NodeJS.Timeout | undefined;

  constructor(id: SessionId, protocol: Protocol, client: ClientAddress, holds: readonly Hold[], link: Link, deps: SessionDeps) {
    this.id = id;
    this.protocol = protocol;
    this.client = client;
    this.since = deps.clock.now();
    this.#holds = [...holds];
    this.#link = link;
    this.#deps = deps;
    if (protocol !== 'smtp') this.#timer = this.#timeToLogIn();
  }

  get account(): AccountId | undefined {
    return this.#account;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Undefined while nobody is logged in. */
  get proved(): Proved | undefined {
    return this.#proved;
  }

  /** What it is doing, as `doing` was told. */
  get activity(): string {
    return this.#doing;
  }

  onEnding(listener: (why: Ending) => void): void {
    this.#onEnding = listener;
    if (this.#ending !== undefined) listener(this.#ending);
  }

  onOver(listener: () => void): void {
    this.#onOver = listener;
    if (this.#over) this.#tellOver();
  }

  restsWhile(isQuiet: () => boolean): void {
    this.#isQuiet = isQuiet;
  }

  mayLogin(tls: TlsFacts | undefined, as: LoginWay | { readonly user: string } = 'password'): Refusal | undefined {
    const where = this.#where;
    const way = typeof as === 'string' ? as : wayOfUser(as.user, where);
    if (way === 'certificate') this.#tellBadCertificate(tls);
    return loginRefusal(way, tls, where);
  }

  login(user: string, password: string, tls: TlsFacts | undefined): Promise<LoggedIn | Refusal> {
    if (wayOfUser(user, this.#where) === 'anonymous') return this.loginWith({ way: 'anonymous' }, tls);
    return this.#logIn(user, 'password', tls, () => this.#deps.login.check(user, password, this.client.network));
  }

  loginWith(proof: Proof, tls: TlsFacts | undefined): Promise<LoggedIn | Refusal> {
    if (proof.way === 'anonymous') return this.#logIn(anonymousAccount, 'anonymous', tls, async () => ({ id: anonymousAccount }));
    const addresses = goodCertificate(tls)?.addresses ?? [];
    const user = proof.authzid || (addresses[0] ?? '');
    return this.#logIn(user, 'certificate', tls, () => this.#deps.login.certificate(addresses, proof.authzid, this.client.network));
  }

  logout(): void {
    const account = this.#account;
    if (account === undefined || this.#over) return;
    this.#withoutAccountSlot(undefined);
    this.#account = this.#proved = undefined;
    if (this.#ending === undefined) this.#timer = this.#timeToLogIn();
    this.#deps.log.event('logout', { ...this.#who(), account });
  }

  doing(what: string, rest?: 'waiting' | 'idling'): void {
    this.#doing = what;
    this.#rest = rest === undefined ? undefined : { idling: rest === 'idling', since: this.#deps.clock.monotonic() };
  }

  /** Undefined in the midst of a command, and once it is ending. */
  get resting(): RestingSession | undefined {
    if (this.#rest === undefined || this.#ending !== undefined || this.#over || this.#isQuiet?.() === false) return undefined;
    return { id: this.id, idling: this.#rest.idling, restedFor: this.#deps.clock.monotonic() - this.#rest.since };
  }

  mayAct(): boolean {
    return this.#deps.slots.mayAct();
  }

  holds(key: SlotKey): boolean {
    return this.#holds.some((hold) => hold.key === key);
  }

  /**
   * Asks the protocol to say goodbye at the next command boundary. The first reason stands; a client that hinders it is cut off.
   * @param within ms. @default - as the reason has it
   */
  mustEnd(why: Ending, within = goodbyeTime[why]): void {
    if (this.#ending !== undefined || this.#over) return;
    this.#ending = why;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(cutOff, within, this).unref();
    this.#onEnding?.(why);
  }

  /** The account's password was changed, or the account removed. */
  accountChanged(account: AccountId): void {
    if (this.#account === account) this.mustEnd('credentials-changed');
    else this.#changedMeanwhile?.add(account);
  }

  /** The connection is gone. What the session was doing may still be coming to its end. */
  get isCut(): boolean {
    return this.#link.destroyed;
  }

  cutOff(): void {
    this.#link.destroy();
  }

  /** The one place where a session gives its slots back, in reverse. Safe to call again. */
  over(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    for (let hold = this.#holds.pop(); hold !== undefined; hold = this.#holds.pop()) {
      hold.release();
      // Whoever takes its place may wait in another process, for a slot that would linger here.
      if (this.#ending === 'replaced') this.#deps.slots.giveBackSpare(hold.key);
    }
    this.#tellOver();
  }

  #tellOver(): void {
    const listener = this.#onOver;
    this.#onOver = undefined;
    listener?.();
  }

  #timeToLogIn(): NodeJS.Timeout {
    return setTimeout(loginTooSlow, this.#deps.settings.get(loginSettings.time) * 1000, this).unref();
  }

  get #where() {
    return { protocol: this.protocol, settings: this.#deps.settings, now: this.#deps.clock.now() };
  }

  /** Once: whoever set the client up has to learn why it is not offered EXTERNAL. */
  #tellBadCertificate(tls: TlsFacts | undefined): void {
    const shown = tls?.client;
    if (shown === undefined || !('fault' in shown) || this.#badCertificateTold) return;
    this.#badCertificateTold = true;
    this.#deps.log.event('client-certificate-rejected', { ...this.#who(), reason: shown.fault });
  }

  async #logIn(
    user: string,
    way: LoginWay,
    tls: TlsFacts | undefined,
    prove: () => Promise<LoggedIn | Refusal>,
  ): Promise<LoggedIn | Refusal> {
    if (this.#account !== undefined) throw new Error(`session ${this.id} is logged in already`);
    const forbidden = this.mayLogin(tls, way);
    if (forbidden !== undefined) return forbidden;
    const changed = new Set<AccountId>();
    this.#changedMeanwhile = changed;
    const account = await prove();
    if (isRefusal(account)) return this.#wrongLogin(user, account);
    const full = await this.#takeAccountSlot(account.id);
    if (full !== undefined) return this.#refused(user, full);
    // Which of the two was proved is not known; the next try tells.
    if (changed.has(account.id)) return this.#refused(user, this.#withoutAccountSlot({ refused: 'store-unavailable' }));
    this.#account = account.id;
    this.#proved = { credentialVersion: account.credentialVersion, certificate: way === 'certificate' ? goodCertificate(tls) : undefined };
    this.#changedMeanwhile = undefined;
    if (this.#ending === undefined) clearTimeout(this.#timer);
    this.#deps.log.event('login', { ...this.#who(), account: account.id, way, tls: tls?.version });
    return account;
  }

  async #takeAccountSlot(account: AccountId): Promise<Refusal | undefined> {
    if (this.protocol === 'smtp') throw new Error('nobody logs in on port 25');
    const hold = await askAccountSlot(this.protocol, account, this.#deps);
    if ('refused' in hold) return hold;
    const full = 'full' in hold ? hold : hold.over;
    if (full !== undefined) this.#tellRefused({ scope: 'account', account, ...accountFull(full), observed: hold !== full });
    if ('full' in hold) return accountFull(hold);
    this.#holds.push(hold);
    this.#accountHold = hold;
    // The client may have gone while we waited; whoever ended the session found no account slot to give back.
    if (this.#over) this.over();
    return undefined;
  }

  #withoutAccountSlot<T>(answer: T): T {
    this.#accountHold?.release();
    this.#holds = this.#holds.filter((hold) => hold !== this.#accountHold);
    this.#accountHold = undefined;
    return answer;
  }

  #tellRefused(what: Omit<Refused, 'protocol' | 'network'>): void {
    this.#deps.refused({ protocol: this.protocol, network: this.client.network, ...what });
  }

  #wrongLogin(user: string, refusal: Refusal): Refusal {
    this.#tellRefused({ scope: 'login', refused: refusal.refused, observed: false });
    const counts = refusal.refused === 'bad-credentials';
    if (counts) this.#failures++;
    const tooMany = counts && this.#failures >= this.#deps.settings.get(loginSettings.maxFailures);
    return this.#refused(user, tooMany ? { refused: 'too-many-failed-logins' } : refusal);
  }

  #refused(user: string, refusal: Refusal): Refusal {
    this.#deps.log.event('login-refused', { ...this.#who(), user, refused: refusal.refused });
    return refusal;
  }

  #who(): { session: string; protocol: Protocol; address: string } {
    return { session: this.id, protocol: this.protocol, address: this.client.ip };
  }
}

function loginTooSlow(session: AdmittedSession): void {
  session.mustEnd('login-too-slow');
}

function cutOff(session: AdmittedSession): void {
  session.cutOff();
}
