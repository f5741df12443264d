import { keyClass } from '../../core/slots/slot-key.ts';
import {
  OutcomeUnknown,
  type SlotAnswer,
  type SlotItem,
  type SlotKey,
  type SlotMove,
  type SlotStore,
} from '../../core/slots/slot-store.ts';
import { isShare } from '../../core/slots/split/part-layout.ts';
import { memorySlotStore } from '../../test/slots/memory-slot-store.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface StorePrices {
  /** Write units that one item takes in a second. */
  readonly unitsPerSecond: number;
  /** ms from a call to its answer. */
  readonly latency: number;
  /** ms after which a call that was throttled all the time is given up, as the DynamoDB adapter does. */
  readonly patience: number;
}

export type KeyClass = 'total' | 'address' | 'account' | 'lease';

export interface StoreFigures {
  readonly units: Readonly<Record<KeyClass, number>>;
  readonly reads: number;
  /** Units of takes of a total that were refused for its limit. */
  readonly refusedUnits: number;
  readonly throttled: number;
  readonly givenUp: number;
  /** Most units that one item was charged in a second. */
  readonly hottest: { readonly key: string; readonly units: number };
  readonly largest: { readonly key: string; readonly entries: number };
}

interface Bucket {
  tokens: number;
  at: number;
  second: number;
  units: number;
}

/** Bytes of a holder's entry under a key, and of a part's entry in the root: a short name and a longer version. */
const entrySize = 45;
const shareSize = 42;
const unit = 1024; // bytes

/** Write units of an item, as DynamoDB charges them: whole KB. */
function unitsOf(item: SlotItem | undefined): number {
  const [first] = item?.entries.keys() ?? [];
  const size = first !== undefined && isShare(first) ? shareSize : entrySize;
  return Math.max(1, Math.ceil(((item?.entries.size ?? 0) * size) / unit));
}

/** A store in memory that takes its time, counts what DynamoDB would charge, and throttles as it does: per item. */
export class MeteredStore {
  readonly store: SlotStore;
  readonly #units: Record<KeyClass, number> = { total: 0, address: 0, account: 0, lease: 0 };
  #reads = 0;
  #refusedUnits = 0;
  #throttled = 0;
  #givenUp = 0;
  #hottest = { key: '', units: 0 };
  #largest = { key: '', entries: 0 };
  readonly #memory;
  readonly #time: VirtualTime;
  readonly #prices: StorePrices;
  readonly #random: () => number;
  readonly #buckets = new Map<SlotKey, Bucket>();

  constructor(time: VirtualTime, random: () => number, prices: StorePrices) {
    this.#time = time;
    this.#random = random;
    this.#prices = prices;
    this.#memory = memorySlotStore(() => time.monotonic());
    const memory = this.#memory;
    const lease = <T>(work: () => Promise<T>): Promise<T> =>
      this.#answer(() => {
        this.#units.lease += 1;
        return work();
      });
    this.store = {
      change: (move) => this.#write(move.key, () => this.#noteRefusal(move, memory.change(move))),
      repair: (key, dead, version) => this.#write(key, () => memory.repair(key, dead, version)),
      read: (key) => this.#read(() => memory.read(key)),
      register: (holder, ms) => lease(() => memory.register(holder, ms)),
      renew: (holder, ms) => lease(() => memory.renew(holder, ms)),
      declareDead: (holder, self) => lease(() => memory.declareDead(holder, self)),
      holder: (id) => this.#read(() => memory.holder(id)),
      ask: (holder, request) => lease(() => memory.ask(holder, request)),
      list: (prefix, most) => this.#read(() => memory.list(prefix, most)),
      leaseTime: () => time.monotonic(),
    };
  }

  /** What was counted so far does not count: the storm begins. */
  startCounting(): void {
    for (const name of Object.keys(this.#units) as KeyClass[]) this.#units[name] = 0;
    this.#reads = 0;
    this.#refusedUnits = 0;
    this.#throttled = 0;
    this.#givenUp = 0;
    this.#hottest = { key: '', units: 0 };
  }

  figures(): StoreFigures {
    return {
      units: this.#units,
      reads: this.#reads,
      refusedUnits: this.#refusedUnits,
      throttled: this.#throttled,
      givenUp: this.#givenUp,
      hottest: this.#hottest,
      largest: this.#largest,
    };
  }

  /** Half of the latency there, half back, and some jitter, so that not all arrive in one millisecond. */
  async #answer<T>(work: () => Promise<T>): Promise<T> {
    const way = this.#prices.latency / 2;
    await this.#time.sleep(way * (0.8 + 0.4 * this.#random()));
    const answer = await work();
    await this.#time.sleep(way);
    return answer;
  }

  #read<T>(work: () => Promise<T>): Promise<T> {
    this.#reads += 1;
    return this.#answer(work);
  }

  async #write<T>(key: SlotKey, work: () => Promise<T>): Promise<T> {
    const { patience } = this.#prices;
    const since = this.#time.monotonic();
    for (let pause = 25; ; pause *= 2) {
      const answer = await this.#answer(async () => (this.#admits(key) ? { of: await work() } : undefined));
      if (answer !== undefined) return answer.of;
      const left = patience - (this.#time.monotonic() - since);
      if (left <= pause) {
        this.#givenUp += 1;
        throw new OutcomeUnknown('throttled');
      }
      await this.#time.sleep(pause * (0.5 + this.#random() / 2));
    }
  }

  /** @returns false when the item had its units of this second: nothing is charged and nothing is written */
  #admits(key: SlotKey): boolean {
    const units = unitsOf(this.#memory.items.get(key));
    const to = classOf(key);
    if (to !== 'account' && !this.#hasTokens(key, units)) return false;
    this.#units[to] += units;
    return true;
  }

  /** An account sees so few sessions that it can't get hot; a million of them need no bucket. */
  #hasTokens(key: SlotKey, units: number): boolean {
    const { unitsPerSecond } = this.#prices;
    const now = this.#time.monotonic();
    const bucket = this.#buckets.get(key) ?? { tokens: unitsPerSecond / 5, at: now, second: -1, units: 0 };
    bucket.tokens = Math.min(unitsPerSecond / 5, bucket.tokens + ((now - bucket.at) * unitsPerSecond) / 1000);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < units) {
      this.#throttled += 1;
      return false;
    }
    bucket.tokens -= units;
    this.#note(key, bucket, units);
    return true;
  }

  async #noteRefusal({ key, to, from }: SlotMove, answer: Promise<SlotAnswer>): Promise<SlotAnswer> {
    const { changed, item } = await answer;
    if (!changed && to.count > (from?.count ?? 0) && classOf(key) === 'total') this.#refusedUnits += unitsOf(item);
    return { changed, item };
  }

  #note(key: SlotKey, bucket: Bucket, units: number): void {
    const second = Math.floor(this.#time.monotonic() / 1000);
    if (bucket.second !== second) bucket.units = 0;
    bucket.second = second;
    bucket.units += units;
    if (bucket.units > this.#hottest.units) this.#hottest = { key, units: bucket.units };
    const entries = this.#memory.items.get(key)?.entries.size ?? 0;
    if (entries > this.#largest.entries) this.#largest = { key, entries };
  }
}

function classOf(key: SlotKey): KeyClass {
  const name = keyClass(key);
  if (name.endsWith('/sessions-per-address')) return 'address';
  return name.endsWith('/sessions-per-account') ? 'account' : 'total';
}
