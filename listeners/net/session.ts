import type { Account } from '../../core/accounts/account-directory.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { ClientAddress, Connection, TlsFacts } from './connection.ts';

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
  /** Called once: is it still at rest, as `doing` said, or has a command begun to arrive? Asked before it is ended for a newer session. */
  restsWhile(isQuiet: () => boolean): void;

  /** May passwords be sent now? Asked before advertising and before accepting them. */
  mayLogin(tls: TlsFacts | undefined): Refusal | undefined;
  /**
   * Checks the password, then takes the account's slot. Counts failures of session and address.
   * @returns the account; or a refusal. After `too-many-failed-logins` the caller answers and closes
   */
  login(user: string, password: string, tls: TlsFacts | undefined): Promise<Account | Refusal>;
  /**
   * What it is doing, for `mailweir sessions`: `IDLE INBOX`, `FETCH`. Cheap.
   * @param rest between two commands, or in IDLE: it may be ended for a newer session of its account. @default in the midst of a command
   */
  doing(what: string, rest?: 'waiting' | 'idling'): void;
  /** False when this process has been fenced: the session must close without acting. Checked before each command. */
  mayAct(): boolean;
}

export type Ending =
  /** Drain or listener switched off: the protocol's polite goodbye at the next command boundary. */
  | 'draining'
  /** Password changed, account removed, kicked by an operator, slots lost: goodbye too. */
  | 'kicked'
  | 'credentials-changed'
  | 'slots-lost'
  /** A newer session of the account takes its place (`imap/sessions-per-account/when-full`). */
  | 'replaced'
  /** `login/time` is over and nobody logged in (SMTP 421 4.4.2, IMAP `* BYE`, POP3 `-ERR`): goodbye at once. */
  | 'login-too-slow';

/** Runs one protocol on one admitted connection; resolves when the dialogue is over. POP3 and IMAP are such functions. */
export type LineProtocol = (connection: Connection, session: Session) => Promise<void>;
