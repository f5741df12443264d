import type { Settled } from '../../core/delivery/settle-row.ts';
import type { SpoolRow } from '../../core/delivery/spool.ts';
import type { EventLog } from '../../core/observe/event-log.ts';

export interface LocalWork {
  deliver(row: SpoolRow): Promise<Settled>;
  claimDue(most: number): Promise<readonly SpoolRow[]>;
  readonly log: EventLog;
}

const atOnce = 64; // enough that each group commit carries many messages

/** Delivers due rows for mailboxes here, many at a time so that they share commits. No row is claimed before its turn, so no claim runs out in a line. */
export class LocalDeliveries {
  readonly #work: LocalWork;
  #running = 0;
  #claiming = false;
  /** A wake-up came, or the last claim was full. */
  #mayBeMore = false;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(work: LocalWork) {
    this.#work = work;
  }

  /** Something may be due. */
  wake(): void {
    this.#mayBeMore = true;
    this.#goOn();
  }

  /** Resolves when what is claimed is delivered; nothing is claimed any more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  get #isIdle(): boolean {
    return this.#running === 0 && !this.#claiming;
  }

  #goOn(): void {
    if (this.#isIdle) this.#idle?.();
    const room = atOnce - this.#running;
    // Half of the places at least: one claim for each row that ends would be a write for each.
    if (!this.#mayBeMore || this.#closed || this.#claiming || room < atOnce / 2) return;
    this.#claiming = true;
    this.#mayBeMore = false;
    this.#claim(room)
      .catch((error: unknown) => this.#work.log.failure('local-claim-failed', error))
      .finally(() => {
        this.#claiming = false;
        this.#goOn();
      });
  }

  async #claim(room: number): Promise<void> {
    const rows = await this.#work.claimDue(room);
    if (rows.length === room) this.#mayBeMore = true;
    for (const row of rows) this.#start(row);
  }

  #start(row: SpoolRow): void {
    this.#running += 1;
    this.#deliver(row)
      .catch((error: unknown) => this.#work.log.failure('local-delivery-failed', error, { message: row.message, row: row.id }))
      .finally(() => {
        this.#running -= 1;
        this.#goOn();
      });
  }

  async #deliver(row: SpoolRow): Promise<void> {
    const settled = await this.#work.deliver(row);
    if (settled !== 'finished') this.#work.log.event('local-settled', { message: row.message, row: row.id, settled });
  }
}
