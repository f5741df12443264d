import type { Account } from '../../core/accounts/account-directory.ts';
import type { Login } from '../../core/accounts/login.ts';
import type { Refused, TellRefused } from '../../core/observe/refused.ts';
import { loginListenerSettings } from '../../core/settings/listeners.ts';
import { loginSettings } from '../../core/settings/login.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Full, Hold } from '../../core/slots/slots.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import { type AccountSlotDeps, askAccountSlot } from './account-slot.ts';
import type { ClientAddress, TlsFacts } from './connection.ts';
import type { RestingSession } from './fellow-processes.ts';
import type { Ending, Session } from './session.ts';

/** What every session of a process uses. */
export interface SessionDeps extends AccountSlotDeps {
  readonly login: Pick<Login, 'check'>;
  readonly refused: TellRefused;
}

const accountFull = ({ used, limit }: Full): Extract<Refusal, { refused: 'account-full' }> => ({ refused: 'account-full', used, limit });

/** Time a session has to say goodbye once it must end, ms; then its connection is cut. */
const goodbyeTime: Readonly<Record<Ending, number>> = {
  draining: 20_000,
  kicked: 10_000,
  'credentials-changed': 10_000,
  'slots-lost': 10_000,
  replaced: 2_000,
  'login-too-slow': 3_000,
};

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
  readonly #holds: Hold[];
  readonly #link: Link;
  #account: AccountId | undefined;
  #ending: Ending | undefined;
  #onEnding: ((why: Ending) => void) | undefined;
  #isQuiet: (() => boolean) | undefined;
  #failures = 0;
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
    if (protocol !== 'smtp') this.#timer = setTimeout(loginTooSlow, deps.settings.get(loginSettings.time) * 1000, this).unref();
  }

  get account(): AccountId | undefined {
    return this.#account;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** What it is doing, as `doing` was told. */
  get activity(): string {
    return this.#doing;
  }

  onEnding(listener: (why: Ending) => void): void {
    this.#onEnding = listener;
    if (this.#ending !== undefined) listener(this.#ending);
  }

  restsWhile(isQuiet: () => boolean): void {
    this.#isQuiet = isQuiet;
  }

  mayLogin(tls: TlsFacts | undefined): Refusal | undefined {
    if (this.protocol === 'smtp') return { refused: 'login-disabled' };
    const { loginPassword, minKeyBits } = loginListenerSettings[this.protocol];
    if (!this.#deps.settings.get(loginPassword)) return { refused: 'login-disabled' };
    const bits = this.#deps.settings.get(minKeyBits);
    return bits > 0 && (tls === undefined || tls.bits < bits) ? { refused: 'encryption-required' } : undefined;
  }

  async login(user: string, password: string, tls: TlsFacts | undefined): Promise<Account | Refusal> {
    if (this.#account !== undefined) throw new Error(`session ${this.id} is logged in already`);
    const forbidden = this.mayLogin(tls);
    if (forbidden !== undefined) return forbidden;
    const account = await this.#deps.login.check(user, password, this.client.network);
    if (isRefusal(account)) return this.#wrongLogin(user, account);
    const full = await this.#takeAccountSlot(account.id);
    if (full !== undefined) return this.#refused(user, full);
    this.#account = account.id;
    if (this.#ending === undefined) clearTimeout(this.#timer);
    this.#deps.log.event('login', { ...this.#who(), account: account.id, tls: tls?.version });
    return account;
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
  }

  async #takeAccountSlot(account: AccountId): Promise<Refusal | undefined> {
    if (this.protocol === 'smtp') throw new Error('nobody logs in on port 25');
    const hold = await askAccountSlot(this.protocol, account, this.#deps);
    if ('refused' in hold) return hold;
    const full = 'full' in hold ? hold : hold.over;
    if (full !== undefined) this.#tellRefused({ scope: 'account', account, ...accountFull(full), observed: hold !== full });
    if ('full' in hold) return accountFull(hold);
    this.#holds.push(hold);
    // The client may have gone while we waited; whoever ended the session found no account slot to give back.
    if (this.#over) this.over();
    return undefined;
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
