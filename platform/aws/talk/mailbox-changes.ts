import type { MailboxChanges } from '../../../core/mailbox/mailbox-changes.ts';
import type { EventLog } from '../../../core/observe/event-log.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Modseq } from '../../../core/values/uid.ts';
import { MailboxesInUse } from './mailboxes-in-use.ts';
import { Registrations } from './registrations.ts';
import type { MailboxWatchers, TalkAddress } from './watchers.ts';

/** How often the MODSEQ of a mailbox is looked at, ms, each time up to a quarter more or less. */
const lookEvery = {
  /** It heals what no hint told of. */
  registered: 60_000,
  /** Nobody tells this process: too many others watch, or the store did not answer. */
  blind: 15_000,
} as const;
const logEvery = 60_000; // ms

export interface WatchingDeps {
  readonly watchers: MailboxWatchers;
  /** Of this process. */
  readonly address: TalkAddress;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly random: () => number;
}

interface Look {
  /** `unknown`: the store did not answer. */
  readonly found: Modseq | 'gone' | 'unknown';
  /** Enough others watch: there is no place for this process. */
  readonly isFull?: boolean;
}

const spread = (ms: number, random: () => number): number => ms * (0.75 + random() / 2);

/** Sessions of this process hear of changes: at once of those made here, by a hint of those made elsewhere, by a slow look of those that no hint told of. */
export class WatchedMailboxes implements MailboxChanges {
  readonly #deps: WatchingDeps;
  readonly #inUse = new MailboxesInUse();
  readonly #registrations: Registrations;
  readonly #watches = new Map<MailboxId, AbortController>();
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: WatchingDeps) {
    this.#deps = deps;
    this.#registrations = new Registrations(deps);
  }

  watch(mailbox: MailboxId, heard: () => void): () => void {
    const remove = this.#inUse.add(mailbox, heard);
    if (!this.#watches.has(mailbox)) {
      const over = new AbortController();
      this.#watches.set(mailbox, over);
      void this.#follow(mailbox, over.signal);
    }
    return () => {
      remove();
      if (this.#inUse.has(mailbox)) return;
      this.#watches.get(mailbox)?.abort();
      this.#watches.delete(mailbox);
    };
  }

  /** It changed: in this process, or another said so. */
  changed(mailbox: MailboxId): void {
    this.#inUse.tell(mailbox);
  }

  /** What another process said. */
  hinted(mailboxes: readonly MailboxId[]): void {
    for (const mailbox of mailboxes) {
      if (this.#inUse.has(mailbox)) this.#inUse.tell(mailbox);
      else this.#registrations.unregister(mailbox).catch((error: unknown) => this.#failed(error, mailbox));
    }
  }

  close(): void {
    for (const over of this.#watches.values()) over.abort();
    this.#watches.clear();
  }

  /** Until nobody here watches it any more, or it is gone. */
  async #follow(mailbox: MailboxId, over: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    let known: Modseq | undefined;
    let mayRegisterAt = clock.monotonic();
    // Where this process stands in the row already, hints come from the beginning, and the first look can wait.
    if (this.#registrations.stands(mailbox)) await clock.sleep(spread(lookEvery.registered, random), over);
    while (!over.aborted) {
      const mayRegister = clock.monotonic() >= mayRegisterAt;
      const { found, isFull } = await this.#look(mailbox, mayRegister);
      if (over.aborted) return;
      // The first look has nothing to compare with: whatever came between the session's own look and this one would be missed.
      if (found !== 'unknown' && found !== known) this.#inUse.tell(mailbox);
      if (found === 'gone') return;
      if (found !== 'unknown') known = found;
      if (isFull) mayRegisterAt = clock.monotonic() + lookEvery.registered;
      const wait = this.#registrations.stands(mailbox) ? lookEvery.registered : lookEvery.blind;
      await clock.sleep(spread(wait, random), over);
    }
  }

  /** Registers, again when it is time, or only looks. */
  async #look(mailbox: MailboxId, mayRegister: boolean): Promise<Look> {
    try {
      if (mayRegister && !this.#registrations.stands(mailbox)) {
        const answer = await this.#registrations.register(mailbox);
        if (answer !== 'full') return { found: answer === 'gone' ? answer : answer.modseq };
        return { found: (await this.#registrations.modseqOf(mailbox)) ?? 'gone', isFull: true };
      }
      return { found: (await this.#registrations.modseqOf(mailbox)) ?? 'gone' };
    } catch (error) {
      this.#failed(error, mailbox);
      return { found: 'unknown' };
    }
  }

  /** A store that does not answer fails for every mailbox: one line a minute tells of it. */
  #failed(error: unknown, mailbox: MailboxId): void {
    const now = this.#deps.clock.monotonic();
    if (now - this.#loggedAt < logEvery) return;
    this.#loggedAt = now;
    this.#deps.log.failure('mailbox-watch-failed', error, { mailbox });
  }
}
