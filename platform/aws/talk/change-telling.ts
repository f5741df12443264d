import type { EventLog } from '../../../core/observe/event-log.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { KnownProcesses } from './known-processes.ts';
import { Peers } from './peers.ts';
import type { ProcessDirectory } from './process-directory.ts';
import type { ChangeTeller, TalkAddress } from './watchers.ts';

/** Hints to one process are gathered for so long, ms: a delivery to many mailboxes is one frame. */
const gatherFor = 5;
const logEvery = 60_000; // ms
/** Mailboxes of which one process waits to be told: those beyond are healed by its slow poll. */
const mostGathered = 10_000;

/** Functions that deliver into mailboxes tell of it and are told nothing. */
export interface Telling extends ChangeTeller {
  /**
   * Resolves when all that was told is sent or given up, at most `within` ms later, and lets go of all connections: a function stands still once
   * it has answered, and would find them broken.
   */
  sent(within: number): Promise<void>;
}

export interface TellingOptions {
  readonly processes: Pick<ProcessDirectory, 'all'>;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** For whoever changes mailboxes and serves nobody. Makes no request until there is something to tell. */
export function openTelling({ processes, clock, log }: TellingOptions): Telling {
  const known = new KnownProcesses(processes, clock);
  const peers = new Peers(clock, (address) => known.doubt(address));
  const hints = new Hints({ known, peers, clock, log });
  return {
    tell: (mailbox, watchers) => hints.tell(mailbox, watchers),
    sent: async (within) => {
      const inTime = new AbortController();
      const late = clock.sleep(within, inTime.signal);
      await Promise.race([hints.sent(), late]);
      inTime.abort();
      peers.close();
    },
  };
}

export interface HintsDeps {
  readonly known: KnownProcesses;
  readonly peers: Peers;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: EventLog;
}

/** Hints on their way to other processes. */
export class Hints implements ChangeTeller {
  readonly #deps: HintsDeps;
  #gathered = new Map<TalkAddress, Set<MailboxId>>();
  #isGathering = false;
  #loggedAt = Number.NEGATIVE_INFINITY;
  readonly #underWay = new Set<Promise<void>>();

  constructor(deps: HintsDeps) {
    this.#deps = deps;
  }

  tell(mailbox: MailboxId, watchers: readonly TalkAddress[]): void {
    for (const address of watchers) {
      const gathered = this.#gathered.get(address) ?? new Set();
      this.#gathered.set(address, gathered);
      if (gathered.size < mostGathered) gathered.add(mailbox);
    }
    if (watchers.length === 0 || this.#isGathering) return;
    this.#isGathering = true;
    const sending = this.#send().finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  async sent(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#deps.peers.sent();
  }

  async #send(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, gatherFor));
    const gathered = this.#gathered;
    this.#gathered = new Map();
    this.#isGathering = false;
    await Promise.all([...gathered].map(([address, mailboxes]) => this.#sendTo(address, [...mailboxes])));
  }

  async #sendTo(address: TalkAddress, mailboxes: readonly MailboxId[]): Promise<void> {
    const { known, peers } = this.#deps;
    try {
      const process = await known.at(address);
      if (process !== undefined) peers.to(process)?.changed(mailboxes);
    } catch (error) {
      this.#failed(error, mailboxes.length);
    }
  }

  /** A table that does not answer fails for every hint: one line a minute tells of it. */
  #failed(error: unknown, mailboxes: number): void {
    const now = this.#deps.clock.monotonic();
    if (now - this.#loggedAt < logEvery) return;
    this.#loggedAt = now;
    this.#deps.log.failure('talk-failed', error, { mailboxes });
  }
}
