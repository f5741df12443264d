import { OutcomeUnknown, type Renewed, type SlotStore } from '../../../core/slots/slot-store.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import type { Connection } from '../sqlite/connection.ts';
import { openBootClock } from './boot-clock.ts';
import { fileOfBoot, openSlotsDatabase, removeOtherBoots } from './open-slots-database.ts';
import * as rows from './slot-rows.ts';
import { inTransaction, retried, StepsOfTurn } from './steps-of-turn.ts';

export interface SqliteSlotStoreOptions {
  /** The store's clock, ms. @default the machine's time since boot, which all its processes share */
  readonly leaseTime?: () => number;
}

const sweepEvery = 600_000; // ms

/**
 * SlotStore in a SQLite file of its own, shared by the processes of one machine. A step takes some 20 µs and is done on the event loop, at
 * the end of its turn with all others that came in it; when another process has the write lock it is tried again a little later, so that the
 * loop never waits for a lock.
 * @param file names the family of files: each boot of the machine has one of its own, next to it
 */
export async function openSqliteSlotStore(
  file: string,
  clock: Clock,
  options: SqliteSlotStoreOptions = {},
): Promise<SlotStore & { close(): Promise<void> }> {
  const bootClock = openBootClock();
  removeOtherBoots(file, bootClock.boot);
  const db = await openSlotsDatabase(fileOfBoot(file, bootClock.boot));
  const leaseTime = options.leaseTime ?? bootClock.now;
  const steps = new StepsOfTurn(db, clock);
  const step = <T>(work: () => T): Promise<T> => steps.add(work);
  const look = <T>(work: () => T): Promise<T> => retried(clock, () => inTransaction(db, 'BEGIN', work));
  const renewed = (holder: HolderId, leaseUntil: number): Renewed => ({
    leaseUntil,
    storeNow: leaseTime(),
    ask: rows.takeAsks(db, holder),
  });
  let sweepAt = leaseTime() + sweepEvery;

  await emptied(look, step, db, leaseTime);
  return {
    leaseTime,
    change: (move) => step(() => rows.change(db, move, leaseTime())),
    read: (key) => look(() => rows.readItem(db, key)),
    repair: (key, dead, version) => step(() => rows.repair(db, key, dead, version)),
    register: (holder, lease) =>
      step(() => {
        const leaseUntil = leaseTime() + lease;
        rows.register(db, holder, leaseUntil);
        return renewed(holder, leaseUntil);
      }),
    renew: (holder, lease) =>
      step(() => {
        const leaseUntil = leaseTime() + lease;
        if (!rows.renew(db, holder, leaseUntil)) return 'dead';
        if (leaseTime() >= sweepAt) {
          sweepAt = leaseTime() + sweepEvery;
          rows.sweep(db, leaseTime());
        }
        return renewed(holder, leaseUntil);
      }),
    declareDead: (holder, self) => step(() => rows.declareDead(db, holder, self ? undefined : leaseTime())),
    holder: (id) => look(() => rows.readHolder(db, id)),
    ask: (holder, request) => step(() => rows.putAsk(db, holder, request)),
    list: (prefix, most) => look(() => rows.list(db, prefix, most)),
    close: async () => {
      await steps.close();
      db.close();
    },
  };
}

type Steps = <T>(work: () => T) => Promise<T>;

/**
 * Leases mean nothing once nobody lives. Whoever opens the file beside a process that holds its lock and stands still must get in all the same,
 * to serve by `slots/when-store-is-down`, or to tell an operator what is wrong; what is left of the dead is repaired later.
 */
async function emptied(look: Steps, step: Steps, db: Connection, leaseTime: () => number): Promise<void> {
  try {
    if (!(await look(() => rows.somebodyLives(db, leaseTime())))) await step(() => rows.emptyWhenNobodyLives(db, leaseTime()));
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
  }
}
