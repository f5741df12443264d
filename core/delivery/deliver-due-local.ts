import type { EventLog } from '../observe/event-log.ts';
import type { Settled } from './settle-row.ts';
import type { SpoolRow } from './spool.ts';

export interface LocalRun {
  /** @param most at least 1. @returns fewer when no more are due */
  claimDue(most: number): Promise<readonly SpoolRow[]>;
  deliver(row: SpoolRow): Promise<Settled>;
  /** Ends the claim of a row that nothing was done with. */
  giveBack(row: SpoolRow): Promise<unknown>;
  /** Looked at before each row: once it says no, none is begun any more. */
  mayBegin(): boolean;
  readonly log: EventLog;
}

/** What one run did. */
export interface LocalRunEnd {
  readonly delivered: number;
  /** Rows may still be due: there was no time for them. */
  readonly isCutShort: boolean;
}

/**
 * Delivers due rows for mailboxes here, `atOnce` at a time, until none is due or there is no time for another. No row is claimed before there is
 * room for it, so that no claim runs out in a line.
 * @throws when rows can't be claimed, after what was under way; what becomes of a single row is none of the run's errors
 */
export async function deliverDueLocal(run: LocalRun, atOnce: number): Promise<LocalRunEnd> {
  const running = new Set<Promise<void>>();
  const end = { delivered: 0, isCutShort: false };
  const start = (row: SpoolRow): void => {
    const delivery = deliverOne(row, run)
      .then((delivered) => {
        if (delivered) end.delivered += 1;
      })
      .finally(() => running.delete(delivery));
    running.add(delivery);
  };
  try {
    while (run.mayBegin()) {
      const room = atOnce - running.size;
      const rows = await run.claimDue(room);
      for (const row of rows) start(row);
      if (rows.length < room) return end;
      await untilHalfFree(running, atOnce);
    }
    end.isCutShort = true;
    return end;
  } finally {
    await Promise.all(running);
  }
}

/** Claiming takes its time; a row that comes too late goes back for whoever has more. @returns whether it is settled */
async function deliverOne(row: SpoolRow, { mayBegin, giveBack, deliver, log }: LocalRun): Promise<boolean> {
  const about = { message: row.message, row: row.id };
  try {
    if (!mayBegin()) {
      await giveBack(row);
      return false;
    }
    const settled = await deliver(row);
    if (settled !== 'finished') log.event('local-settled', { ...about, settled });
    return settled !== 'claim-lost';
  } catch (error) {
    // The store took nothing at all. The row is still claimed, and due again when the claim is over.
    log.failure('local-delivery-failed', error, about);
    return false;
  }
}

/** One claim for each row that ends would be a search for each. */
async function untilHalfFree(running: ReadonlySet<Promise<void>>, atOnce: number): Promise<void> {
  while (running.size > atOnce / 2) await Promise.race(running);
}
