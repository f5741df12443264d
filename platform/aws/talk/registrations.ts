import type { HealedBy } from '../../../core/mailbox/mailbox-changes.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Modseq } from '../../../core/values/uid.ts';
import { Turns } from './turns.ts';
import type { MailboxWatchers, TalkAddress } from './watchers.ts';

/** How long the row of a mailbox says that this process watches it, ms; asked again while somebody watches, once `stale` is over. */
const lasts: Readonly<Record<HealedBy, { readonly registered: number; readonly stale: number }>> = {
  soon: { registered: 15 * 60_000, stale: 10 * 60_000 },
  later: { registered: 30 * 60_000, stale: 14 * 60_000 },
};
/** Registrations that are over by so much more than they were stale are over in the row too, ms. */
const longestStale = 16 * 60_000;
/** Requests at once: thousands of sessions that begin to watch after a restart must not push out those of logins. */
const atOnce = 32;

export interface RegistrationsDeps {
  readonly watchers: MailboxWatchers;
  /** Of this process. */
  readonly address: TalkAddress;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/**
 * In which mailboxes' rows this process stands, one registration for all its sessions. It stays when the last of them stops watching: most
 * clients come back, and until then it costs nothing. The first hint that nobody waits for takes it away.
 */
export class Registrations {
  readonly #deps: RegistrationsDeps;
  readonly #staleAt = new Map<MailboxId, number>();
  readonly #leaving = new Map<MailboxId, Promise<void>>();
  readonly #turns = new Turns(atOnce);

  constructor(deps: RegistrationsDeps) {
    this.#deps = deps;
  }

  /** Others tell this process of changes, and will for a while. */
  stands(mailbox: MailboxId): boolean {
    return (this.#staleAt.get(mailbox) ?? Number.NEGATIVE_INFINITY) > this.#deps.clock.monotonic();
  }

  async register(mailbox: MailboxId, healed: HealedBy = 'soon'): Promise<{ readonly modseq: Modseq } | 'full' | 'gone'> {
    const { watchers, address, clock } = this.#deps;
    await this.#leaving.get(mailbox)?.catch(() => {}); // or it might come after, and take this one away
    const { registered, stale } = lasts[healed];
    const staleAt = clock.monotonic() + stale;
    const answer = await this.#turns.take(() => watchers.register(mailbox, address, clock.now() + registered));
    if (typeof answer === 'string') this.#staleAt.delete(mailbox);
    else this.#note(mailbox, staleAt);
    return answer;
  }

  async modseqOf(mailbox: MailboxId): Promise<Modseq | undefined> {
    return await this.#turns.take(() => this.#deps.watchers.modseqOf(mailbox));
  }

  /** Takes it away, if there is one. */
  async unregister(mailbox: MailboxId): Promise<void> {
    if (!this.#staleAt.delete(mailbox)) return;
    const leaving = this.#turns.take(() => this.#deps.watchers.unregister(mailbox, this.#deps.address));
    this.#leaving.set(mailbox, leaving);
    await leaving.finally(() => this.#leaving.delete(mailbox));
  }

  /** Those that are over need not be remembered; the oldest come first. */
  #note(mailbox: MailboxId, staleAt: number): void {
    this.#staleAt.delete(mailbox);
    this.#staleAt.set(mailbox, staleAt);
    for (const [old, at] of this.#staleAt) {
      if (at > this.#deps.clock.monotonic() - longestStale) break;
      this.#staleAt.delete(old);
    }
  }
}
