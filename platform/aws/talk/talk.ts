import type { MailboxChanges } from '../../../core/mailbox/mailbox-changes.ts';
import type { Ask } from '../../../core/observe/asking.ts';
import type { EventLog } from '../../../core/observe/event-log.ts';
import type { RestingFacts } from '../../../core/observe/process-facts.ts';
import type { Answers } from '../../../core/observe/process-requests.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import { asker } from './asking.ts';
import { Hints } from './change-telling.ts';
import { fellowProcesses } from './fellow-processes.ts';
import { KnownProcesses } from './known-processes.ts';
import { Listing } from './listing.ts';
import { WatchedMailboxes } from './mailbox-changes.ts';
import { Peers } from './peers.ts';
import type { ProcessDirectory } from './process-directory.ts';
import { openTalkServer } from './talk-server.ts';
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

/** Opens this process's end: from here on others find it, and tell it of changes. */
export async function openTalk(options: TalkOptions): Promise<Talk> {
  const { name, listen, host = listen.host, processes, clock, log } = options;
  const known = new KnownProcesses(processes, clock);
  const peers = new Peers(clock, (at) => known.doubt(at));
  const ask = asker(known, peers);
  let answers: Answers | undefined;
  let listing: Listing | undefined;
  let watched: WatchedMailboxes | undefined;
  const server = await openTalkServer({
    listen,
    keys: () => listing?.keys() ?? [],
    heard: (mailboxes) => watched?.hinted(mailboxes),
    answers: () => answers,
    log,
  });
  const address = `${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  const watching = new WatchedMailboxes({ ...options, address });
  const listed = new Listing({ processes, name, address, clock, log });
  [watched, listing] = [watching, listed];
  const hints = new Hints({ known, peers, clock, log });
  await listed.begin();
  return {
    address,
    changes: watching,
    teller: {
      tell: (mailbox, watchers) => {
        watching.changed(mailbox);
        hints.tell(
          mailbox,
          watchers.filter((one) => one !== address),
        );
      },
    },
    fellows: fellowProcesses({ ask, name, clock, log }),
    ask,
    answer: (given) => {
      answers = given;
    },
    close: async () => {
      watching.close();
      await listed.end();
      server.close();
      peers.close();
    },
  };
}
