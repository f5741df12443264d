import type { LoginTimes } from '../../core/accounts/login-times.ts';
import type { MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import type { TellRefused } from '../../core/observe/refused.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { CommandPlaces } from '../net/command-places.ts';
import type { Line, TlsFacts } from '../net/connection.ts';
import type { Session } from '../net/session.ts';
import type { Pop3Reply } from './reply.ts';
import type { Pop3State, StateOf } from './state.ts';
import type { CommandOf, Verb } from './wire/command.ts';

/** What POP3 needs of the process it runs in. */
export interface Pop3Deps {
  readonly mailboxes: MailboxStore;
  readonly bodies: MessageBodies;
  readonly loginTimes: LoginTimes;
  readonly settings: LiveSettings;
  readonly clock: Clock;
  readonly places: CommandPlaces;
  readonly refused: TellRefused;
  readonly log: EventLog;
  /** Of Mailweir, for the banner and CAPA. */
  readonly version: string;
  /**
   * Opens the account's maildrop for one session alone, over all processes. A client that comes back right after its QUIT should wait a
   * moment here rather than be refused, since giving back takes one.
   * @returns the lock, a second release of which does nothing; or `maildrop-locked`, `store-unavailable`
   */
  lockMaildrop(account: AccountId): Promise<{ release(): void } | Refusal>;
}

/** What a handler may use of its session: no socket. */
export interface Pop3Context extends Pop3Deps {
  readonly session: Session;
  readonly tls: TlsFacts | undefined;
  /** Sends a continuation `+ ` and reads the client's line: SASL's exchange. */
  challenge(): Promise<Line>;
}

/** One verb: typed command and state in, new state and reply out. */
export type Handler<V extends Verb> = (command: CommandOf<V>, state: StateOf<V>, context: Pop3Context) => Answer | Promise<Answer>;

export type Answer = readonly [Pop3State, Pop3Reply];
