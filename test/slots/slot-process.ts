import type { EventFields, EventLog } from '../../core/observe/event-log.ts';
import { meteredStore } from '../../core/slots/metered-store.ts';
import { openSlots } from '../../core/slots/open-slots.ts';
import { OutcomeUnknown, type SlotKey, type SlotMove, type SlotStore } from '../../core/slots/slot-store.ts';
import type { Full, Hold, KnownKeys, Slots, Want } from '../../core/slots/slots.ts';
import { noMeter, type SlotsMeter } from '../../core/slots/slots-meter.ts';
import type { StoreDownPolicy } from '../../core/slots/store-down.ts';
import type { SlotTimings } from '../../core/slots/timings.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What happens to one call of the store on its way: `lost-request` never arrives, `lost-reply` arrives, `late-copy` arrives twice. */
export type Fate = 'well' | 'lost-request' | 'lost-reply' | 'late-copy' | 'lost-reply-and-late-copy' | 'late-request';

export interface ProcessOptions {
  readonly store: SlotStore;
  readonly clock: VirtualClock;
  readonly name: string;
  readonly policy?: StoreDownPolicy;
  readonly meter?: SlotsMeter;
  readonly timings?: Partial<SlotTimings>;
  /** Asked once for each call of the store. */
  readonly fate?: () => Fate;
  /** ms that a call takes; asked once for each. */
  readonly delay?: () => number;
  /** What this process puts over the shared store. */
  readonly above?: (store: SlotStore) => SlotStore;
}

/** One process over a shared store: it can be stopped and resumed as by SIGSTOP and SIGCONT, killed, or cut off from the store. */
export class SlotProcess {
  readonly #options: ProcessOptions;
  readonly events: { readonly name: string; readonly fields: EventFields }[] = [];
  readonly mustClose: (SlotKey | 'all')[] = [];
  policy: StoreDownPolicy;
  /** The store cannot be reached. */
  cut = false;
  changes = 0;
  #killed = false;
  #stopped: Promise<void> | undefined;
  #resume: () => void = () => {};
  #slots: (Slots & KnownKeys) | undefined;

  static async start(options: ProcessOptions): Promise<SlotProcess> {
    const process = new SlotProcess(options);
    await process.#open();
    return process;
  }

  private constructor(options: ProcessOptions) {
    this.#options = options;
    this.policy = options.policy ?? 'closed';
  }

  get slots(): Slots & KnownKeys {
    if (this.#slots === undefined) throw new Error('not started');
    return this.#slots;
  }

  get runs(): boolean {
    return !this.#killed && this.#stopped === undefined;
  }

  /** The process is gone without a word. */
  kill(): void {
    this.#killed = true;
  }

  stop(): void {
    if (this.#stopped !== undefined) return;
    const gate = Promise.withResolvers<void>();
    this.#stopped = gate.promise;
    this.#resume = gate.resolve;
  }

  resume(): void {
    this.#stopped = undefined;
    this.#resume();
  }

  take(want: Want): Promise<Hold | Full | 'store-down'> {
    return this.slots.take(want);
  }

  async #open(): Promise<void> {
    const { clock, name, timings, meter = noMeter } = this.#options;
    const log: EventLog = {
      event: (event, fields = {}) => this.events.push({ name: event, fields }),
      failure: (event, error) => {
        throw new Error(event, { cause: error });
      },
    };
    let epochs = 0;
    this.#slots = await openSlots({
      store: (this.#options.above ?? ((store) => store))(meteredStore(this.#store(), meter)),
      meter,
      clock: {
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        sleep: async (ms, signal) => {
          await clock.sleep(ms, signal);
          await this.#running();
        },
      },
      newId: () => {
        epochs += 1;
        return `${name}.${epochs}`;
      },
      policy: () => this.policy,
      log,
      timings: timings ?? {},
    });
    this.#slots.onMustClose((keys) => this.mustClose.push(...(keys === 'all' ? (['all'] as const) : keys)));
  }

  #store(): SlotStore {
    const { store } = this.#options;
    return {
      leaseTime: () => store.leaseTime(),
      change: (move: SlotMove) => {
        this.changes += 1;
        return this.#call(() => store.change(move));
      },
      read: (key) => this.#call(() => store.read(key)),
      repair: (key, dead, version) => this.#call(() => store.repair(key, dead, version)),
      register: (holder, lease) => this.#call(() => store.register(holder, lease)),
      renew: (holder, lease) => this.#call(() => store.renew(holder, lease)),
      declareDead: (holder, self) => this.#call(() => store.declareDead(holder, self)),
      holder: (id) => this.#call(() => store.holder(id)),
      ask: (holder, request) => this.#call(() => store.ask(holder, request)),
      list: (prefix, most) => this.#call(() => store.list(prefix, most)),
    };
  }

  async #call<T>(send: () => Promise<T>): Promise<T> {
    const { clock, fate, delay } = this.#options;
    await this.#running();
    const happens = this.cut ? 'lost-request' : (fate?.() ?? 'well');
    const takes = delay?.() ?? 0;
    if (happens === 'late-copy' || happens === 'lost-reply-and-late-copy') void clock.sleep(takes + 3_000).then(send);
    if (happens === 'late-request') void clock.sleep(takes + 2_500).then(send);
    if (takes > 0) await clock.sleep(takes);
    const answer = happens === 'lost-request' || happens === 'late-request' ? undefined : await send();
    if (happens === 'well' || happens === 'late-copy') {
      await this.#running();
      return answer as T;
    }
    await clock.sleep(800);
    await this.#running();
    throw new OutcomeUnknown(happens);
  }

  /** Goes on when the process runs; never when it was killed. */
  async #running(): Promise<void> {
    while (this.#stopped !== undefined) await this.#stopped;
    if (this.#killed) await new Promise(() => {});
  }
}

export const isHold = (answer: Hold | Full | 'store-down'): answer is Hold => typeof answer === 'object' && 'release' in answer;
