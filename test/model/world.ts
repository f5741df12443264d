import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Want } from '../../core/slots/slots.ts';
import type { StoreDownPolicy } from '../../core/slots/store-down.ts';
import type { SlotTimings } from '../../core/slots/timings.ts';
import { Broken } from './broken.ts';
import type { Chance } from './chance.ts';
import type { Double } from './double.ts';
import type { Link, Weather } from './link.ts';
import { isHold, ModelProcess } from './model-process.ts';
import { allRules, ModelStore, type SweepAges } from './model-store.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';

/** A key of a run, and the setting behind its limit. */
export interface ModelKey {
  readonly key: SlotKey;
  readonly kind: Want['kind'];
  /** 0 = unlimited. */
  limit: number;
  /** Each process hears of a change at its own time. */
  readonly heard: Map<ModelProcess, number>;
  /**
   * Sessions that may be live: the highest limit that anybody may have in mind; or, after it was lowered, what is left of before, spare slots
   * of a process that has not been told yet included, for those it owns.
   */
  cap: number;
}

export interface Plan {
  readonly policy: StoreDownPolicy;
  readonly timings: Partial<SlotTimings>;
  readonly ages: SweepAges;
  readonly weather: Weather;
  readonly knowsItsTries: boolean;
  readonly keys: readonly Pick<ModelKey, 'key' | 'kind' | 'limit'>[];
}

/** Writes of a run beyond which something works without end. */
const mostWrites = 6_000;
/** How late an answer may be, ms: when calls get no answer each tries the patience of one and of a retry, and the next may get none either. */
const slack = { calm: 2_500, troubled: 8_000 } as const;

/** Processes over one store, and the eye that sees them all. */
export class World {
  readonly timeline = new Timeline();
  readonly store: ModelStore;
  readonly trace: Trace;
  readonly chance: Chance;
  readonly plan: Plan;
  readonly keys: readonly ModelKey[];
  readonly processes: ModelProcess[] = [];
  /** ms in which nothing else is to happen. */
  quietFor = 0;
  /** Troubles are over. */
  calm = false;
  admitted = 0;
  refused = 0;
  readonly #double: Double;
  #started = 0;

  constructor(plan: Plan, chance: Chance, double: Double, traced: boolean) {
    this.plan = plan;
    this.chance = chance;
    this.#double = double;
    this.store = new ModelStore({ ...allRules, ...double.rules });
    this.trace = new Trace(traced, () => this.timeline.now);
    this.keys = plan.keys.map((key) => ({ ...key, heard: new Map(), cap: 0 }));
  }

  get alive(): readonly ModelProcess[] {
    return this.processes.filter(({ gone }) => !gone);
  }

  get serving(): readonly ModelProcess[] {
    return this.processes.filter(({ serves }) => serves);
  }

  get writes(): number {
    return this.processes.reduce((sum, { link }) => sum + link.writes, 0);
  }

  get landed(): number {
    return this.processes.reduce((sum, { link }) => sum + link.landed, 0);
  }

  /** @param first overrules the weather for one of its calls */
  start(first?: Link['next']): ModelProcess {
    this.#started += 1;
    const { timeline, store, chance, trace, plan } = this;
    const name = `edge-${this.#started}`;
    trace.line(() => `${name} starts`);
    const { policy, timings, weather, knowsItsTries } = plan;
    const process = new ModelProcess({
      timeline,
      store,
      chance,
      weather,
      trace,
      name,
      policy,
      timings,
      knowsItsTries,
      double: this.#double,
      first,
    });
    for (const key of this.keys) key.heard.set(process, key.limit);
    this.processes.push(process);
    return process;
  }

  pass(ms: number): Promise<void> {
    return this.timeline.pass(ms, () => this.#look());
  }

  want({ key, kind, heard, limit }: ModelKey, process: ModelProcess, wait = 0): Want {
    return { key, kind, limit: heard.get(process) ?? limit, wait };
  }

  /** @param latest ms until everybody has heard. @param last who hears last */
  setLimit(key: ModelKey, limit: number, latest: number, last?: ModelProcess): void {
    this.trace.line(() => `the limit of ${key.key} is now ${limit}`);
    key.limit = limit;
    for (const process of this.alive) {
      const after = process === last ? 20_000 : this.chance.below(latest + 1);
      this.timeline.after(after, () => key.heard.set(process, key.limit), process);
    }
  }

  /** Sessions that count: those of processes that may act. */
  live({ key }: ModelKey): number {
    return this.processes.reduce((sum, process) => sum + (process.acts() ? process.live(key) : 0), 0);
  }

  /** Every session of a process that is not gone, whether it may act or not. */
  sessions({ key }: ModelKey): number {
    return this.alive.reduce((sum, process) => sum + process.live(key), 0);
  }

  granted(process: ModelProcess, key: SlotKey): number {
    const { holder } = process;
    return holder === undefined ? 0 : (this.store.items.get(key)?.entries.get(holder)?.count ?? 0);
  }

  /** Everybody who waits is answered in time. Looked at between steps. */
  checkWaiters(): void {
    for (const process of this.serving) {
      const now = process.monotonic();
      for (const { want, askedAt, order, left } of process.asks) {
        const due = Math.max(left ? askedAt : askedAt + (want.wait ?? 0), process.runsSince) + (this.calm ? slack.calm : slack.troubled);
        if (now > due) throw new Broken('no waiter forgotten', `session ${order} at ${process.name} still waits for ${want.key}`);
      }
    }
  }

  /** All the time. */
  #look(): void {
    for (const process of this.processes) this.#lookAtAnswers(process);
    if (this.plan.policy === 'closed') this.#lookAtLive();
    if (this.store.touched) this.#lookAtSums();
    if (this.writes > mostWrites) throw new Broken('no work without need', `${this.writes} writes`);
  }

  #lookAtAnswers(process: ModelProcess): void {
    if (process.surprise !== undefined) throw process.surprise;
    if (process.answered.length === 0) return;
    for (const { answer, want, order } of process.answered.splice(0)) {
      if (!isHold(answer)) {
        this.refused += 1;
        continue;
      }
      this.admitted += 1;
      if (process.gone) continue;
      const ahead = process.asks.find((ask) => ask.want.key === want.key && ask.order < order && !ask.left);
      if (ahead !== undefined)
        throw new Broken('first come, first served', `session ${order} at ${process.name} was let in before ${ahead.order}`);
    }
  }

  #lookAtLive(): void {
    const counted = this.processes.filter((process) => process.acts() || this.#mayActAgain(process));
    const acting = new Set(counted.filter((process) => process.acts()));
    for (const key of this.keys) {
      let [live, couldBe] = [0, 0];
      for (const process of counted) {
        const [here, granted] = [process.live(key.key), this.granted(process, key.key)];
        if (!acting.has(process)) {
          couldBe += granted;
          continue;
        }
        if (granted < here) throw new Broken('live <= granted', `${process.name} has ${here} sessions and ${granted} slots of ${key.key}`);
        live += here;
        couldBe += process.limits.isKnownToBeOver(key.key) ? here : granted;
      }
      if (couldBe === 0) {
        key.cap = 0; // whoever comes next comes under a limit of now
        continue;
      }
      key.cap = Math.max(this.#limitInForce(key), Math.min(key.cap, couldBe));
      if (live > key.cap) throw new Broken('live <= limit', `${live} sessions of ${key.key} are live, ${key.cap} may be`);
    }
  }

  /** It is fenced, but nobody has declared it dead. */
  #mayActAgain({ gone, holder }: ModelProcess): boolean {
    return !gone && holder !== undefined && this.store.holder(holder)?.state === 'live';
  }

  /**
   * The highest limit that somebody may admit by. Of a total: what stands in the store, or what a process was last told by it or by its own
   * caller. Of other keys each caller's own.
   */
  #limitInForce({ key, kind }: ModelKey): number {
    const stored = kind === 'total' ? this.store.items.get(key)?.limit : undefined;
    let highest = stored === undefined ? -1 : unlimitedIsMost(stored);
    for (const process of this.processes) {
      if (process.gone) continue;
      for (const limit of process.limits.of(key)) highest = Math.max(highest, unlimitedIsMost(limit));
    }
    return highest;
  }

  #lookAtSums(): void {
    this.store.touched = false;
    for (const [key, { n, entries }] of this.store.items) {
      let sum = 0;
      for (const { count } of entries.values()) {
        if (count < 0) throw new Broken('n = sum of entries', `an entry of ${key} is ${count}`);
        sum += count;
      }
      if (sum !== n) throw new Broken('n = sum of entries', `n of ${key} is ${n}, its entries are ${sum}`);
    }
  }
}

const unlimitedIsMost = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit);
