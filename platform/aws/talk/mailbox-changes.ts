import type { Identifier } from '../../../core/accounts/acl.ts';
import type { HealedBy, MailboxChanges } from '../../../core/mailbox/mailbox-changes.ts';
import type { EventLog } from '../../../core/observe/event-log.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Modseq } from '../../../core/values/uid.ts';
import { MailboxesInUse } from './mailboxes-in-use.ts';
import { namesOf } from './names-watched.ts';
import { Registrations } from './registrations.ts';
import type { MailboxWatchers, TalkAddress } from './watchers.ts';

/**
 * How often the MODSEQ of a mailbox is looked at, ms, each time up to a quarter more or less. `registered`: it heals what no hint told of. `blind`:
 * nobody tells this process, because too many others watch or the store did not answer.
 */
const lookEvery: Readonly<Record<HealedBy, { readonly registered: number; readonly blind: number }>> = {
  soon: { registered: 60_000, blind: 15_000 },
  // Longer than a registration is good for: each look is one, and nothing else is asked for.
  later: { registered: 20 * 60_000, blind: 120_000 },
};
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
  readonly #watches = new Map<MailboxId, { readonly over: AbortController; readonly healed: HealedBy }>();
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: WatchingDeps) {
    this.#deps = deps;
    this.#registrations = new Registrations(deps);
  }

  watch(mailbox: MailboxId, heard: () => void, healed: HealedBy = 'soon'): () => void {
    const remove = this.#inUse.add(mailbox, heard);
    const watch = this.#watches.get(mailbox);
    if (watch === undefined || (healed === 'soon' && watch.healed === 'later')) {
      watch?.over.abort();
      const over = new AbortController();
      this.#watches.set(mailbox, { over, healed });
      void this.#follow(mailbox, healed, over.signal);
    }
    return () => {
      remove();
      if (this.#inUse.has(mailbox)) return;
      this.#watches.get(mailbox)?.over.abort();
      this.#watches.delete(mailbox);
    };
  }

  watchNames(whose: Identifier, heard: () => void): () => void {
    return this.watch(namesOf(whose), heard, 'later');
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
    for (const { over } of this.#watches.values()) over.abort();
    this.#watches.clear();
  }

  /** Until nobody here watches it any more, or it is gone. */
  async #follow(mailbox: MailboxId, healed: HealedBy, over: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    const { registered, blind } = lookEvery[healed];
    let known: Modseq | undefined;
    let mayRegisterAt = clock.monotonic();
    // Where this process stands in the row already, hints come from the beginning, and the first look can wait.
    if (this.#registrations.stands(mailbox)) await clock.sleep(spread(registered, random), over);
    while (!over.aborted) {
      const mayRegister = clock.monotonic() >= mayRegisterAt;
      const { found, isFull } = await this.#look(mailbox, healed, mayRegister);
      if (over.aborted) return;
      // The first look has nothing to compare with: whatever came between the session's own look and this one would be missed.
      if (found !== 'unknown' && found !== known) this.#inUse.tell(mailbox);
      if (found === 'gone') return;
      if (found !== 'unknown') known = found;
      if (isFull) mayRegisterAt = clock.monotonic() + registered;
      const wait = this.#registrations.stands(mailbox) ? registered : blind;
      await clock.sleep(spread(wait, random), over);
    }
  }

  /** Registers, again when it is time, or only looks. */
  async #look(mailbox: MailboxId, healed: HealedBy, mayRegister: boolean): Promise<Look> {
    try {
      if (mayRegister && !this.#registrations.stands(mailbox)) {
        const answer = await this.#registrations.register(mailbox, healed);
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
