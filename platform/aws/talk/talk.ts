import type { MailboxChanges } from '../../../core/mailbox/mailbox-changes.ts';
import type { EventLog } from '../../../core/observe/event-log.ts';
import type { RestingFacts } from '../../../core/observe/process-facts.ts';
import type { Answers } from '../../../core/observe/process-requests.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { Ask } from './asking.ts';
import { MailboxesInUse } from './mailboxes-in-use.ts';
import type { ProcessDirectory } from './process-directory.ts';
import type { ChangeTeller, MailboxWatchers, TalkAddress } from './watchers.ts';

export interface TalkOptions {
  /** As operators and other processes know this one: the task's id. */
  readonly name: string;
  /** Where it listens: all addresses and `talkPort` in a task; port 0 is any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** By which other hosts reach it: the task's address in the VPC. @default listen.host */
  readonly host?: string;
  readonly processes: ProcessDirectory;
  readonly watchers: MailboxWatchers;
  readonly clock: Clock;
  readonly log: EventLog;
  /** @returns from 0 up to 1: spreads what many processes would do at one moment */
  readonly random: () => number;
}

/** How a process of a stage hears of changes that others made, tells them of its own, and asks and answers questions. */
export interface Talk {
  readonly address: TalkAddress;
  readonly changes: MailboxChanges;
  readonly teller: ChangeTeller;
  /** Who else serves: FellowProcesses of the listeners. */
  readonly fellows: {
    resting(account: AccountId): Promise<readonly RestingFacts[]>;
    replace(session: RestingFacts): Promise<boolean>;
  };
  readonly ask: Ask;
  /** Until it is called, questions are answered with nothing. */
  answer(answers: Answers): void;
  /** Leaves the list of processes; what is watched is heard no more. */
  close(): Promise<void>;
}

/** Functions that deliver into mailboxes tell of it and are told nothing. */
export interface Telling extends ChangeTeller {
  /** Resolves when all that was told is sent or given up, at most `within` ms later: a function stands still once it has answered. */
  sent(within: number): Promise<void>;
  close(): void;
}

export async function openTalk({ listen, host = listen.host }: TalkOptions): Promise<Talk> {
  const inUse = new MailboxesInUse();
  return {
    address: `${host}:${listen.port}`,
    changes: { watch: (mailbox, heard) => inUse.add(mailbox, heard).remove },
    teller: { tell: (mailbox) => inUse.tell(mailbox) },
    fellows: { resting: async () => [], replace: async () => false },
    ask: async () => [],
    answer: () => {},
    close: async () => {},
  };
}
