import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { ClientAddress, Connection, TlsFacts } from './connection.ts';
import type { LoginWay, Proof } from './login-ways.ts';

/**
 * An admitted session: it holds its slots (total, address, later account), stands in the process's list of sessions, and gives
 * everything back in one place when it ends, whatever path ends it.
 */
export interface Session {
  readonly id: SessionId;
  readonly protocol: Protocol;
  readonly client: ClientAddress;
  /** ms since the epoch. */
  readonly since: number;
  readonly account: AccountId | undefined;
  /** Why the session must end soon, or undefined. Look at it at each command boundary. */
  readonly ending: Ending | undefined;
  /** Called once when `ending` is set; at most one listener. */
  onEnding(listener: (why: Ending) => void): void;
  /** Called once when it is over, however it ends: also when its dialogue does not come to its end and all it holds is taken from it. At most one listener. */
  onOver(listener: () => void): void;
  /** Called once: is it still at rest, as `doing` said, or has a command begun to arrive? Asked before it is ended for a newer session. */
  restsWhile(isQuiet: () => boolean): void;

  /** May a client log in so now? Asked before advertising and before accepting it. @param as with a name, by which its way is known. @default 'password' */
  mayLogin(tls: TlsFacts | undefined, as?: LoginWay | { readonly user: string }): Refusal | undefined;
  /**
   * Checks the password, then takes the account's slot. Counts failures of session and address. `anonymous` is not asked for one where
   * anonymous login is on.
   * @returns the account; or a refusal. After `too-many-failed-logins` the caller answers and closes
   */
  login(user: string, password: string, tls: TlsFacts | undefined): Promise<LoggedIn | Refusal>;
  /** The same for who sends no password. */
  loginWith(proof: Proof, tls: TlsFacts | undefined): Promise<LoggedIn | Refusal>;
  /** Nobody is logged in any more: the account's slot is given back, and the time to log in begins anew. */
  logout(): void;
  /**
   * What it is doing, for `mailweir sessions`: `IDLE INBOX`, `FETCH`. Cheap.
   * @param rest between two commands, or in IDLE: it may be ended for a newer session of its account. @default in the midst of a command
   */
  doing(what: string, rest?: 'waiting' | 'idling'): void;
  /** False when this process has been fenced: the session must close without acting. Checked before each command. */
  mayAct(): boolean;
}

/** An account, or `anonymous`. */
export interface LoggedIn {
  readonly id: AccountId;
  /** As the account's was when it was proved. Undefined for `anonymous`. */
  readonly credentialVersion?: number;
}

export type Ending =
  /** Drain or listener switched off: the protocol's polite goodbye at the next command boundary. */
  | 'draining'
  /** Password changed, account removed, certificate over or its authorities changed, kicked by an operator, slots lost: goodbye too. */
  | 'kicked'
  | 'credentials-changed'
  | 'slots-lost'
  /** A newer session of the account takes its place (`imap/sessions-per-account/when-full`). */
  | 'replaced'
  /** `login/time` is over and nobody logged in (SMTP 421 4.4.2, IMAP `* BYE`, POP3 `-ERR`): goodbye at once. */
  | 'login-too-slow';

/** Runs one protocol on one admitted connection; resolves when the dialogue is over. POP3 and IMAP are such functions. */
export type LineProtocol = (connection: Connection, session: Session) => Promise<void>;
