import type { Settled } from '../../core/delivery/settle-row.ts';
import type { SpoolRow } from '../../core/delivery/spool.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import type { Clock } from '../../core/values/clock.ts';

export interface LocalWork {
  deliver(row: SpoolRow): Promise<Settled>;
  claim(row: SpoolRow): Promise<SpoolRow | undefined>;
  claimDue(most: number): Promise<readonly SpoolRow[]>;
  readonly log: EventLog;
  readonly clock: Clock;
}

const atOnce = 64; // enough that each group commit carries many messages
const mostWaiting = 5_000; // rows held in memory; the others stay in the spool for the sweep
const batch = 200;

/** Delivers rows of this process as soon as they are accepted, many at a time so that they share commits, and what the sweep finds. */
export class LocalDeliveries {
  readonly #work: LocalWork;
  #waiting: { readonly row: SpoolRow; readonly claimed: boolean }[] = [];
  #next = 0;
  #running = 0;
  #sweeping = false;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(work: LocalWork) {
    this.#work = work;
  }

  /** False when rows should rather be left unclaimed, for any process to find. */
  get hasRoom(): boolean {
    return this.#waiting.length - this.#next < mostWaiting;
  }

  /** @param claimed the row was born claimed by this process */
  add(row: SpoolRow, claimed: boolean): void {
    if (this.#closed || (!claimed && !this.hasRoom)) return;
    this.#waiting.push({ row, claimed });
    this.#start();
  }

  /** Claims and delivers what is due, until nothing is. */
  sweep(): void {
    if (this.#sweeping || this.#closed || !this.hasRoom) return;
    this.#sweeping = true;
    this.#work
      .claimDue(batch)
      .then((rows) => {
        this.#sweeping = false;
        for (const row of rows) this.add(row, true);
        if (rows.length === batch) this.sweep();
      })
      .catch((error: unknown) => {
        this.#sweeping = false;
        this.#work.log.failure('local-claim-failed', error);
      });
  }

  /** Resolves when what is being delivered is done; what waits is left to its claim's end. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #start(): void {
    while (this.#running < atOnce && this.#next < this.#waiting.length) {
      const one = this.#waiting[this.#next++];
      if (one === undefined) return;
      this.#forgetStarted();
      this.#running += 1;
      this.#deliver(one.row, one.claimed)
        .catch((error: unknown) => this.#work.log.failure('local-delivery-failed', error, { message: one.row.message, row: one.row.id }))
        .finally(() => this.#ended());
    }
  }

  /** Started rows carry their message's facts: they must not stay in memory until the line is empty. */
  #forgetStarted(): void {
    if (this.#next < Math.min(this.#waiting.length, 256)) return;
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }

  #ended(): void {
    this.#running -= 1;
    this.#start();
    if (this.#running === 0) this.#idle?.();
  }

  async #deliver(row: SpoolRow, claimed: boolean): Promise<void> {
    const work = this.#work;
    const expired = row.claimedUntil !== undefined && row.claimedUntil <= work.clock.now();
    const mine = claimed && !expired ? row : await work.claim(row);
    if (mine === undefined) return;
    const settled = await work.deliver(mine);
    if (settled !== 'finished') work.log.event('local-settled', { message: row.message, row: row.id, settled });
  }
}
