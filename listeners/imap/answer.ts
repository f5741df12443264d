import type { Annotations } from '../../core/mailbox/annotations.ts';
import type { MailboxChanges } from '../../core/mailbox/mailbox-changes.ts';
import type { MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import type { Quotas } from '../../core/mailbox/quota.ts';
import type { SharedSearches } from '../../core/mailbox/search/shared-searches.ts';
import type { TextIndex } from '../../core/mailbox/search/text-index.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import type { TellRefused } from '../../core/observe/refused.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import type { Slots } from '../../core/slots/slots.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { CommandPlaces } from '../net/command-places.ts';
import type { Connection } from '../net/connection.ts';
import type { Session } from '../net/session.ts';
import type { Attendance } from './attendance.ts';
import type { SessionNotices } from './notify/session-notices.ts';
import type { Responses } from './responses.ts';
import type { ImapState, StateFor } from './state.ts';
import type { Command, VerbName } from './wire/command.ts';

/** What the IMAP listener needs from its process. */
export interface ImapDeps {
  readonly mailboxes: MailboxStore;
  readonly annotations: Annotations;
  readonly bodies: MessageBodies;
  /** @default - a search reads every message whose texts matter */
  readonly textIndex?: TextIndex | undefined;
  /** Messages that a search reads at a time. @default 1 */
  readonly readAtOnce?: number | undefined;
  readonly changes: MailboxChanges;
  readonly settings: LiveSettings;
  readonly clock: Clock;
  readonly slots: Slots;
  readonly places: CommandPlaces;
  readonly searches: SharedSearches;
  readonly quotas: Quotas;
  readonly refused: TellRefused;
  readonly log: EventLog;
  /** Of Mailweir, for the greeting and ID. */
  readonly version: string;
}

/** What one session's handlers may reach; each takes the few it needs. */
export interface ImapPorts extends ImapDeps {
  readonly attendance: Attendance;
  readonly connection: Connection;
  readonly notices: SessionNotices;
  readonly session: Session;
}

/** How a command ended: the state from now on, and the tagged line without its tag (`OK …`, `NO …`, `BAD …`); none when it was written already. */
export interface Answer {
  readonly state: ImapState;
  readonly reply?: string;
  /** The OK tells HIGHESTMODSEQ, as it is once the news were told (RFC 7162 section 3.2.7). */
  readonly withModseq?: boolean;
}

/** The command of a verb, where several verbs share one shape too. */
export type CommandOf<V extends VerbName, C = Command> = C extends { readonly verb: infer W }
  ? [Extract<W, V>] extends [never]
    ? never
    : C
  : never;

/** Typed command and state in, new state and reply out; untagged responses are written as they come. */
export type Handler<V extends VerbName> = (
  command: CommandOf<V>,
  state: StateFor<V>,
  ports: ImapPorts & { readonly out: Responses },
) => Promise<Answer> | Answer;
