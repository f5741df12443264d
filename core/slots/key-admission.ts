import { FullMemory } from './full-memory.ts';
import { KeyWriter } from './key-writer.ts';
import { isOver } from './next-write.ts';
import type { RestingEntry } from './resting-entries.ts';
import type { SlotItem, SlotKey } from './slot-store.ts';
import type { Full, Hold, Want } from './slots.ts';
import type { SlotsMeter } from './slots-meter.ts';
import type { Spare } from './spare.ts';
import { localMost, type StoreDownPolicy } from './store-down.ts';
import { type Waiter, WaitingLine } from './waiting-line.ts';
import type { Wakeable, WakeUps } from './wake-ups.ts';
import type { Desk, WriterParts } from './writer-parts.ts';

export interface AdmissionParts extends WriterParts {
  readonly wakeUps: WakeUps;
  readonly policy: () => StoreDownPolicy;
  readonly meter: SlotsMeter;
  /** Sessions wait for slots of this key: other holders may keep spare ones. */
  readonly wanted: (key: SlotKey, item: SlotItem) => void;
}

export type Taken = Hold | Full | 'store-down';

/** The sessions' side of one key in one process: who gets a slot, who stands in line, who is told "full". */
export class KeyAdmission implements Wakeable {
  readonly #parts: AdmissionParts;
  readonly #writer: KeyWriter;
  readonly #line = new WaitingLine<Taken>();
  readonly #full: FullMemory;
  #kind: Want['kind'];
  /** The limit of a key that is only observed; the store is told that there is none. */
  #observed: number | undefined;

  constructor(key: SlotKey, kind: Want['kind'], spare: Spare, parts: AdmissionParts, resting?: RestingEntry) {
    this.#parts = parts;
    this.#kind = kind;
    this.#full = new FullMemory(parts.timings.rememberFull);
    this.#writer = new KeyWriter(key, kind === 'total', spare, parts, this.#desk(), resting);
  }

  get kind(): Want['kind'] {
    return this.#kind;
  }

  /** Slots are kept by other rules from now on; what the old ones kept goes back with the next write. */
  become(kind: Want['kind'], spare: Spare): void {
    this.#kind = kind;
    this.#writer.spare = spare;
  }

  get writer(): KeyWriter {
    return this.#writer;
  }

  get live(): number {
    return this.#writer.counts.live;
  }

  get #now(): number {
    return this.#parts.clock.monotonic();
  }

  take({ limit, wait = 0, signal, observe = false }: Want): Promise<Taken> {
    this.#observed = observe && limit !== 0 ? limit : undefined;
    if (this.#writer.limit.pass(observe ? 0 : limit, this.#now)) this.#full.forget();
    if (this.#parts.outage.down) {
      this.#answerLocally(); // first those who came first: their write may only now be failing
      return Promise.resolve(this.#takeLocally());
    }
    if (this.#line.length === 0 && this.#mayGrant()) return Promise.resolve(this.#grant());
    if (wait <= 0 && this.#full.remembered(this.#now)) return Promise.resolve(this.#fullAnswer());
    return this.#standInLine(wait > 0 ? this.#now + wait : undefined, signal);
  }

  /** Looks again: a wake-up is due, or the lease or the store came back. */
  wake(): void {
    if (this.#line.length > 0) {
      for (const waiter of this.#line.overdue(this.#now)) waiter.answer(this.#fullAnswer());
      if (this.#parts.outage.down) this.#answerLocally();
    }
    this.#goOn();
  }

  /** Spare slots go back with the next write, which is now. */
  giveBackSpare(): void {
    this.#writer.spare.letGo();
    this.#goOn();
  }

  /** A new epoch: nothing of what sessions hold stands in the store yet. */
  startAnew(): void {
    this.#writer.startAnew();
    this.#full.forget();
  }

  /** @returns whether nothing of it need be kept: unused, and for so long that no copy of a write can still be on its way */
  isForgettable(): boolean {
    const { counts, idleSince } = this.#writer;
    if (counts.live > 0 || counts.count > 0 || this.#line.length > 0 || idleSince === undefined) return false;
    return this.#now - idleSince > this.#parts.timings.forgetAfter;
  }

  /** Nobody is admitted any more. */
  dismiss(): void {
    for (const waiter of this.#line.all()) waiter.answer('store-down');
  }

  #desk(): Desk {
    return {
      asking: () => (this.#line.length > 0 && !this.#full.remembered(this.#now) && this.#parts.lease.valid() ? this.#line.length : 0),
      serve: () => this.#serve(),
      full: (item) => this.#sayFull(item),
      unanswered: () => this.#answerLocally(),
      resting: () => this.#planWakeUp(),
    };
  }

  #standInLine(deadline: number | undefined, signal: AbortSignal | undefined): Promise<Taken> {
    if (signal?.aborted === true) return Promise.resolve(this.#fullAnswer());
    const answered = Promise.withResolvers<Taken>();
    const waited = deadline === undefined ? undefined : this.#parts.meter.waits(this.#writer.key);
    const waiter: Waiter<Taken> = {
      deadline,
      answer: (answer) => {
        signal?.removeEventListener('abort', giveUp);
        waited?.();
        answered.resolve(answer);
      },
    };
    const giveUp = (): void => {
      if (this.#line.leave(waiter)) waiter.answer(this.#fullAnswer());
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#line.join(waiter);
    this.#goOn();
    return answered.promise;
  }

  /** Rule 6: the right to act is looked at in the same turn as the slot is handed out. */
  #mayGrant(): boolean {
    const { counts, limit } = this.#writer;
    return counts.spare > 0 && !limit.lowered && !isOver(this.#writer) && this.#parts.lease.valid();
  }

  #serve(): void {
    while (this.#line.length > 0 && this.#mayGrant()) this.#line.next()?.answer(this.#grant());
  }

  #grant(): Hold {
    this.#writer.spare.used(this.#now);
    return this.#hold();
  }

  #hold(): Hold {
    this.#writer.counts.live += 1;
    const over = this.#over();
    let held = true;
    return {
      key: this.#writer.key,
      ...(over === undefined ? {} : { over }),
      release: () => {
        if (!held) return;
        held = false;
        this.#release();
      },
    };
  }

  #release(): void {
    const { counts, spare } = this.#writer;
    counts.released();
    if (counts.spare > 0) spare.freed(this.#now);
    this.#full.forget();
    this.#goOn();
  }

  #goOn(): void {
    this.#serve();
    this.#writer.goOn();
  }

  #sayFull(item: SlotItem): void {
    this.#full.remember(this.#now);
    for (const waiter of this.#line.impatient(this.#now)) waiter.answer(this.#fullAnswer());
    if (this.#line.length === 0) return;
    this.#writer.spare.letGo(); // none is left here, and none is to linger here when others wait like this
    this.#parts.wanted(this.#writer.key, item);
  }

  /** What the slot just given out would have been refused with. */
  #over(): Full | undefined {
    if (this.#observed === undefined) return undefined;
    const { counts } = this.#writer;
    const used = Math.max((counts.n ?? 0) - counts.spare, counts.live);
    return used > this.#observed ? { full: true, used: used - 1, limit: this.#observed } : undefined;
  }

  #fullAnswer(): Full {
    const { counts, limit } = this.#writer;
    return { full: true, used: Math.max(counts.n ?? 0, counts.live), limit: limit.value };
  }

  #answerLocally(): void {
    for (const waiter of this.#line.all()) waiter.answer(this.#takeLocally());
  }

  /** The store can't be asked. What is admitted beyond this process's own slots is owed: it is taken, or drained, when the store is back. */
  #takeLocally(): Taken {
    const { counts, limit, total } = this.#writer;
    const policy = this.#parts.policy();
    if (policy === 'closed') return 'store-down';
    const most = localMost(policy, { total, limit: limit.value, holders: counts.holders, count: counts.count });
    return counts.live < most ? this.#hold() : { full: true, used: counts.live, limit: limit.value };
  }

  #planWakeUp(): void {
    const { spare, counts, retryAt } = this.#writer;
    const waiting = this.#line.length > 0;
    const times = [
      waiting ? this.#line.due() : undefined,
      waiting ? this.#full.until : undefined,
      counts.spare > 0 ? spare.due() : undefined,
      retryAt,
    ];
    const now = this.#now;
    const next = times.reduce<number | undefined>((first, time) => earlier(first, time, now), undefined);
    if (next !== undefined) this.#parts.wakeUps.at(this, next);
  }
}

/** @returns the earlier of two times; one that is over does not count */
function earlier(first: number | undefined, time: number | undefined, now: number): number | undefined {
  if (time === undefined || time <= now) return first;
  return first === undefined || time < first ? time : first;
}
