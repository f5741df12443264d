import type { EventLog } from '../observe/event-log.ts';
import type { Clock } from '../values/clock.ts';
import type { HolderId, NewId } from '../values/ids.ts';
import { Chunk } from './chunk.ts';
import type { Epoch } from './epoch.ts';
import { inParallel } from './in-parallel.ts';
import { type AdmissionParts, KeyAdmission, type Taken } from './key-admission.ts';
import { Lease } from './lease.ts';
import { commandLingerSize, Linger, lingerSize } from './linger.ts';
import { Outage } from './outage.ts';
import { Repair } from './repair.ts';
import { RestingEntries } from './resting-entries.ts';
import type { SlotItem, SlotKey, SlotStore } from './slot-store.ts';
import type { KeyUsage, KnownKeys, Slots, Want } from './slots.ts';
import { noMeter, type SlotsMeter } from './slots-meter.ts';
import { noSpare, type Spare } from './spare.ts';
import { requestedSpare, SpareRequests } from './spare-requests.ts';
import type { StoreDownPolicy } from './store-down.ts';
import { defaultTimings, type SlotTimings } from './timings.ts';
import { WakeUps } from './wake-ups.ts';

export interface SlotsOptions {
  readonly store: SlotStore;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Read whenever it matters, so that a change takes effect at once. */
  readonly policy: () => StoreDownPolicy;
  readonly log: EventLog;
  /** @default - nobody counts */
  readonly meter?: SlotsMeter;
  readonly timings?: Partial<SlotTimings>;
  /** Requests that other processes put into this holder's row. */
  readonly asked?: (requests: readonly string[]) => void;
}

/** Keys written at a time when all are taken again. */
const retakesAtOnce = 32;

/** Opens this process's side of the slots: registers it as a holder, which it stays until `close`. */
export async function openSlots(options: SlotsOptions): Promise<Slots & KnownKeys> {
  const slots = new SharedSlots(options);
  await slots.open();
  return slots;
}

class SharedSlots implements Slots, KnownKeys {
  readonly #options: SlotsOptions;
  readonly #timings: SlotTimings;
  readonly #meter: SlotsMeter;
  readonly #keys = new Map<SlotKey, KeyAdmission>();
  readonly #resting: RestingEntries;
  readonly #outage: Outage;
  readonly #lease: Lease;
  readonly #repair: Repair;
  readonly #wakeUps: WakeUps;
  readonly #spareRequests: SpareRequests;
  readonly #closers = new Set<(keys: readonly SlotKey[] | 'all') => void>();
  #toldAll = false;
  #closed = false;

  constructor(options: SlotsOptions) {
    const { store, clock, newId, log, meter = noMeter } = options;
    this.#options = options;
    this.#timings = { ...defaultTimings, ...options.timings };
    this.#meter = meter;
    this.#resting = new RestingEntries(this.#timings.restFor);
    this.#outage = new Outage(clock, log, 5 * this.#timings.retryEvery, meter);
    this.#repair = new Repair(store, log, meter);
    this.#wakeUps = new WakeUps(clock);
    this.#spareRequests = new SpareRequests(store, clock);
    this.#lease = new Lease({
      store,
      clock,
      newId,
      log,
      meter,
      timings: this.#timings,
      outage: this.#outage,
      retake: (epoch) => this.#retake(epoch),
      beaten: () => this.#afterBeat(),
      asked: (requests) => this.#asked(requests),
    });
  }

  get holder(): HolderId {
    return this.#lease.epoch.holder;
  }

  open(): Promise<void> {
    return this.#lease.open();
  }

  async take(want: Want): Promise<Taken> {
    if (this.#closed) return 'store-down';
    if (!this.#outage.down && !this.#lease.valid()) this.#lease.beatNow();
    return await this.#key(want).take(want);
  }

  mayAct(): boolean {
    return this.#lease.valid() || (this.#options.policy() !== 'closed' && this.#outage.excuses());
  }

  onMustClose(listener: (keys: readonly SlotKey[] | 'all') => void): () => void {
    this.#closers.add(listener);
    return () => this.#closers.delete(listener);
  }

  held(): ReadonlyMap<SlotKey, number> {
    const held = new Map<SlotKey, number>();
    for (const [key, { live }] of this.#keys) if (live > 0) held.set(key, live);
    return held;
  }

  *usage(): Iterable<KeyUsage> {
    for (const [key, { writer, live }] of this.#keys) {
      const { total, limit, counts } = writer;
      yield { key, total, used: Math.max(counts.n ?? 0, live), limit: limit.value };
    }
  }

  giveBackSpare(key: SlotKey): void {
    this.#keys.get(key)?.giveBackSpare();
  }

  get downSince(): number | undefined {
    return this.#outage.downSince;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wakeUps.close();
    const { holder } = this;
    const keys = [...this.#keys.values()];
    for (const key of keys) key.dismiss();
    // Dead first: should the rest not come to its end, anybody who needs the slots may remove them.
    await this.#finish(() => this.#lease.close());
    await inParallel(retakesAtOnce, keys, (key) => this.#finish(() => key.writer.close(holder)));
  }

  /** At the end a store that does not answer is no reason to fail: the lease ends by itself. */
  async #finish(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#options.log.failure('slots-not-given-back', error);
    }
  }

  #key({ key, kind }: Want): KeyAdmission {
    const known = this.#keys.get(key);
    if (known !== undefined) {
      if (known.kind !== kind) known.become(kind, this.#spareOf(kind)); // the wait of a command was set to 0, or no longer is
      return known;
    }
    const { store, clock, policy } = this.#options;
    const parts: AdmissionParts = {
      store,
      clock,
      policy,
      meter: this.#meter,
      timings: this.#timings,
      lease: this.#lease,
      outage: this.#outage,
      repair: this.#repair,
      wakeUps: this.#wakeUps,
      mustClose: (full, sessions) => this.#mustClose(full, sessions),
      wanted: (wanted, item) => this.#askForSpare(wanted, item),
    };
    const opened = new KeyAdmission(key, kind, this.#spareOf(kind), parts, this.#resting.take(key, clock.monotonic()));
    this.#keys.set(key, opened);
    return opened;
  }

  #spareOf(kind: Want['kind']): Spare {
    const { lingerLeast, lingerMost, commandLingerLeast, commandLingerMost } = this.#timings;
    switch (kind) {
      case 'plain':
        return noSpare;
      case 'total':
        return new Chunk();
      case 'shared':
        return new Linger({ least: lingerLeast, most: lingerMost, size: lingerSize, refuses: true });
      case 'command':
        return new Linger({ least: commandLingerLeast, most: commandLingerMost, size: commandLingerSize, refuses: false });
    }
  }

  /** Nobody waits for it: what goes wrong is told here, or nowhere. */
  #askForSpare(key: SlotKey, item: SlotItem): void {
    this.#spareRequests.send(key, item, this.holder).catch((error) => this.#options.log.failure('slots-store-failed', error, { key }));
  }

  #asked(requests: readonly string[]): void {
    const others = requests.filter((request) => {
      const key = requestedSpare(request);
      if (key !== undefined) this.giveBackSpare(key);
      return key === undefined;
    });
    if (others.length > 0) this.#options.asked?.(others);
  }

  /** Under a new epoch every key is taken again; the store may fail meanwhile, so until nothing is owed or the epoch is over. */
  async #retake(epoch: Epoch): Promise<void> {
    this.#resting.clear();
    for (const key of this.#keys.values()) key.startAnew();
    for (;;) {
      const owing = [...this.#keys.values()].filter((key) => key.writer.isOwed);
      if (owing.length === 0) return;
      await inParallel(retakesAtOnce, owing, async (key) => {
        if (this.#outage.excuses()) this.#outage.recovering();
        await key.writer.tryOwed();
      });
      if (epoch !== this.#lease.epoch || this.#closed) return;
      if (this.#outage.down || owing.some((key) => key.writer.isOwed)) await this.#options.clock.sleep(this.#timings.retryEvery);
    }
  }

  #afterBeat(): void {
    if (this.#closed) return;
    this.#closeAllBehindTheFence();
    for (const [name, key] of this.#keys) {
      if (key.isForgettable()) this.#forget(name, key);
      else key.wake();
      if (!this.#outage.down && key.writer.isWorthALook()) void this.#look(key);
    }
  }

  #forget(name: SlotKey, key: KeyAdmission): void {
    const { resting } = key.writer;
    if (resting !== undefined) this.#resting.keep(name, resting);
    key.writer.forget();
    this.#keys.delete(name);
    this.#wakeUps.forget(key);
  }

  async #look(key: KeyAdmission): Promise<void> {
    try {
      const item = await key.writer.look();
      if (item !== undefined && key.writer.counts.isCrowded) await this.#repair.run(key.writer.key, item, this.holder);
    } catch (error) {
      this.#outage.failed(error);
      if (this.#outage.down) this.#lease.beatNow();
    }
  }

  /** Policy `closed`: exactness holds through an outage, because nobody acts behind the fence. */
  #closeAllBehindTheFence(): void {
    if (this.#lease.valid()) this.#toldAll = false;
    else if (!this.#toldAll && this.#outage.down && this.#options.policy() === 'closed') {
      this.#toldAll = true;
      this.#tell('all');
    }
  }

  #mustClose(key: SlotKey, sessions: number): void {
    this.#options.log.event('slots-excess', { key, sessions });
    this.#meter.excess(key, sessions);
    this.#tell(new Array<SlotKey>(sessions).fill(key));
  }

  #tell(keys: readonly SlotKey[] | 'all'): void {
    for (const listener of this.#closers) {
      try {
        listener(keys);
      } catch (error) {
        this.#options.log.failure('session-failed', error); // the heartbeat tells them, and it must go on
      }
    }
  }
}
