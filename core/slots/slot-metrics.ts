import type { Counter, Level, Meter, Samples } from '../observe/meter.ts';
import { metrics } from '../observe/metrics.ts';
import type { Clock } from '../values/clock.ts';
import { type Protocol, protocols } from '../values/protocol.ts';
import { keyClass } from './slot-key.ts';
import type { SlotKey } from './slot-store.ts';
import type { KeyUsage } from './slots.ts';
import type { SlotsMeter } from './slots-meter.ts';

/** The instruments of one class of keys. */
interface ClassInstruments {
  readonly writes: Counter;
  readonly waiting: Level;
  readonly waited: Samples;
}

const holders = 'holders';

/** Turns what the slots tell into metrics, by the class of the key: never by the address or account in it. */
export class SlotMetrics implements SlotsMeter {
  readonly #meter: Meter;
  readonly #clock: Clock;
  readonly #classes = new Map<string, ClassInstruments>();
  #downFrom: number | undefined;

  constructor(meter: Meter, clock: Clock) {
    this.#meter = meter;
    this.#clock = clock;
  }

  wrote(key: SlotKey | undefined): void {
    this.#of(key === undefined ? holders : keyClass(key)).writes.add(1);
  }

  waits(key: SlotKey): () => void {
    const { waiting, waited } = this.#of(keyClass(key));
    const since = this.#clock.monotonic();
    waiting.change(1);
    return () => {
      waiting.change(-1);
      waited.record(this.#clock.monotonic() - since);
    };
  }

  repaired(key: SlotKey, slots: number): void {
    this.#meter.counter(metrics.slotsRepaired, { limit: keyClass(key) }).add(slots);
  }

  fenced(): void {
    this.#meter.counter(metrics.slotsFenced, {}).add(1);
  }

  storeDown(): void {
    this.#downFrom = this.#clock.monotonic();
  }

  storeBack(): void {
    this.#countDownTime();
    this.#downFrom = undefined;
  }

  excess(key: SlotKey, sessions: number): void {
    this.#meter.counter(metrics.slotsExcess, { limit: keyClass(key) }).add(sessions);
  }

  /** Writes for keys of the protocol since the last lines. */
  writesOf(protocol: Protocol): number {
    let sum = 0;
    for (const [name, { writes }] of this.#classes) if (name.startsWith(`${protocol}/`)) sum += writes.sum;
    return sum;
  }

  /** Before the lines of a minute are written. */
  look(usage: Iterable<KeyUsage>): void {
    this.#countDownTime();
    const fullest = new Map<string, number>();
    for (const { key, total, used, limit } of usage) {
      const name = keyClass(key);
      if (total) tellTotal(this.#meter, name, used, limit);
      else if (limit > 0) fullest.set(name, Math.max(fullest.get(name) ?? 0, (used / limit) * 100));
    }
    for (const [name, percent] of fullest) this.#meter.gauge(metrics.slotsUsedOfFullest, { limit: name }).set(Math.round(percent));
  }

  #countDownTime(): void {
    if (this.#downFrom === undefined) return;
    const now = this.#clock.monotonic();
    this.#meter.counter(metrics.slotStoreDown, {}).add((now - this.#downFrom) / 1000);
    this.#downFrom = now;
  }

  #of(limit: string): ClassInstruments {
    const known = this.#classes.get(limit);
    if (known !== undefined) return known;
    const made = {
      writes: this.#meter.counter(metrics.slotTableWrites, { limit }),
      waiting: this.#meter.level(metrics.waiting, { limit }),
      waited: this.#meter.samples(metrics.waited, { limit }),
    };
    this.#classes.set(limit, made);
    return made;
  }
}

/** @param limit the setting that limits the total. @param most 0 = unlimited */
export function tellTotal(meter: Meter, limit: string, used: number, most: number): void {
  meter.gauge(metrics.slotsUsed, { limit }).set(used);
  meter.gauge(metrics.slotsLimit, { limit }).set(most);
}

/** @param begun sessions of each protocol that began since the last lines */
export function tellWritesPerSession(meter: Meter, slots: SlotMetrics, begun: (protocol: Protocol) => number): void {
  for (const protocol of protocols) {
    const sessions = begun(protocol);
    if (sessions === 0) continue;
    const each = slots.writesOf(protocol) / sessions;
    meter.gauge(metrics.slotTableWritesPerSession, { protocol }).set(Math.round(each * 1000) / 1000);
  }
}
