import { keyClass } from '../../core/slots/slot-key.ts';
import type { SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import { memorySlotStore } from '../../test/slots/memory-slot-store.ts';
import type { SimulatedTime } from './simulated-time.ts';
import { writeUnits } from './write-units.ts';

const holders = 'holders';

/** A slot store whose every write is charged as DynamoDB would, by class of key, whatever came of it. */
export class CountedStore {
  readonly #time: SimulatedTime;
  readonly #store: ReturnType<typeof memorySlotStore>;
  readonly #units = new Map<string, number>();

  constructor(time: SimulatedTime) {
    this.#time = time;
    this.#store = memorySlotStore(() => time.monotonic());
  }

  /** The store as one process reaches it. @param delay ms of a round trip */
  from(delay: number): SlotStore {
    const store = this.#store;
    const trip = async <T>(call: () => Promise<T>): Promise<T> => {
      await this.#time.sleep(delay / 2);
      const answer = await call();
      await this.#time.sleep(delay / 2);
      return answer;
    };
    const row = <T>(call: () => Promise<T>): Promise<T> => this.#charged(holders, 1, call);
    return {
      leaseTime: () => store.leaseTime(),
      change: (move) => trip(() => this.#chargedKey(move.key, () => store.change(move))),
      repair: (key, dead, version) => trip(() => this.#chargedKey(key, () => store.repair(key, dead, version))),
      register: (holder, lease) => trip(() => row(() => store.register(holder, lease))),
      renew: (holder, lease) => trip(() => row(() => store.renew(holder, lease))),
      declareDead: (holder, self) => trip(() => row(() => store.declareDead(holder, self))),
      ask: (holder, request) => trip(() => row(() => store.ask(holder, request))),
      read: (key) => trip(() => store.read(key)),
      holder: (id) => trip(() => store.holder(id)),
      list: (prefix, most) => trip(() => store.list(prefix, most)),
    };
  }

  /** @returns units since the last call, by class of key */
  take(): ReadonlyMap<string, number> {
    const units = new Map(this.#units);
    this.#units.clear();
    return units;
  }

  async #chargedKey<T>(key: SlotKey, call: () => Promise<T>): Promise<T> {
    const before = this.#store.items.get(key);
    const answer = await call();
    this.#charge(keyClass(key), writeUnits(key, before, this.#store.items.get(key)));
    return answer;
  }

  #charged<T>(name: string, units: number, call: () => Promise<T>): Promise<T> {
    this.#charge(name, units);
    return call();
  }

  #charge(name: string, units: number): void {
    this.#units.set(name, (this.#units.get(name) ?? 0) + units);
  }
}
