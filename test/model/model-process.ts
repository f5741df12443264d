import { openSlots } from '../../core/slots/open-slots.ts';
import { OutcomeUnknown, type SlotKey } from '../../core/slots/slot-store.ts';
import type { Full, Hold, Slots, Want } from '../../core/slots/slots.ts';
import type { StoreDownPolicy } from '../../core/slots/store-down.ts';
import { defaultTimings, type SlotTimings } from '../../core/slots/timings.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { Broken } from './broken.ts';
import type { Chance } from './chance.ts';
import type { Double } from './double.ts';
import { LimitsInMind } from './limits-in-mind.ts';
import { Link, type LinkParts } from './link.ts';
import type { Event, Owner } from './timeline.ts';

type Answer = Hold | Full | 'store-down';

/** A session that asks for a slot, until it is answered. */
export interface Ask {
  readonly want: Want;
  readonly order: number;
  /** By the clock of the process. */
  readonly askedAt: number;
  readonly leaving: AbortController;
  left: boolean;
  answer: Answer | undefined;
}

export interface ProcessParts extends Omit<LinkParts, 'owner' | 'leaseTime' | 'told' | 'sends' | 'knowsItsTries'> {
  readonly policy: StoreDownPolicy;
  readonly timings: Partial<SlotTimings>;
  readonly double: Double;
  readonly first: Link['next'];
  readonly knowsItsTries: boolean;
}

/** One process on a host of its own: it runs the real slots, and sessions that act, end when told to, and die with it. */
export class ModelProcess implements Owner {
  readonly name: string;
  readonly link: Link;
  readonly limits = new LimitsInMind(() => this.monotonic());
  readonly backlog: Event[] = [];
  readonly sessions = new Map<SlotKey, Hold[]>();
  /** Sessions that wait, in the order in which they asked. */
  asks: Ask[] = [];
  /** Answered since the last look. */
  answered: Ask[] = [];
  gone = false;
  stopped = false;
  exiting = false;
  /** When it last began to run, by its own clock. */
  runsSince: number;
  slots: Slots | undefined;
  surprise: unknown;
  readonly #parts: ProcessParts;
  readonly #bootedAt: number;
  /** ms that the host's monotonic clock did not count. */
  #slept = 0;
  #skew: number;
  #wallAhead = 0;
  #suspended = false;
  #stoppedAt = 0;
  #actedAtStop = false;
  #order = 0;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.name = parts.name;
    const { chance } = parts;
    this.#bootedAt = chance.between(0, 1_000_000);
    this.#skew = chance.between(-450, 450);
    this.runsSince = this.monotonic();
    this.link = new Link({
      ...parts,
      owner: this,
      leaseTime: () => this.leaseTime(),
      sends: (move) => this.limits.send(move),
      told: (key, item, applied) => this.limits.hear(key, item, applied),
    });
    this.link.next = parts.first;
    void this.#open();
  }

  /** Sessions may come and go. */
  get serves(): boolean {
    return !this.gone && !this.stopped && !this.exiting && this.slots !== undefined;
  }

  get holder(): HolderId | undefined {
    return this.slots?.holder;
  }

  /** May this process act for its sessions now? Of a stopped one: could it when it was stopped, and has nobody declared it dead since? */
  acts(): boolean {
    if (this.gone || this.slots === undefined) return false;
    if (!this.stopped) return this.slots.mayAct();
    return this.#actedAtStop && this.#parts.store.holder(this.slots.holder)?.state === 'live';
  }

  live(key: SlotKey): number {
    return this.sessions.get(key)?.length ?? 0;
  }

  take(want: Want): Ask | undefined {
    if (this.slots === undefined) return undefined;
    this.limits.pass(want);
    const { double, trace } = this.#parts;
    this.#order += 1;
    const leaving = new AbortController();
    const ask: Ask = { want, order: this.#order, askedAt: this.monotonic(), leaving, left: false, answer: undefined };
    this.asks.push(ask);
    const take = double.take ?? ((slots, wanted) => slots.take(wanted));
    void take(this.slots, { ...want, signal: leaving.signal }).then((answer) => {
      trace.line(() => `${this.name} ${isHold(answer) ? 'lets in' : 'refuses'} session ${ask.order} to ${want.key}`);
      ask.answer = answer;
      this.answered.push(ask);
      this.asks.splice(this.asks.indexOf(ask), 1);
      if (isHold(answer)) this.#sessionsOf(want.key).push(answer);
    }, this.#fail);
    return ask;
  }

  leaveLine(ask: Ask): void {
    ask.left = true;
    ask.leaving.abort();
  }

  /** One session ends. @returns whether there was one */
  end(key: SlotKey, chance?: Chance): boolean {
    const held = this.#sessionsOf(key);
    const [ended] = held.splice(chance?.below(held.length || 1) ?? 0, 1);
    if (ended === undefined) return false;
    this.#parts.trace.line(() => `${this.name} a session of ${key} ends`);
    ended.release();
    this.#parts.double.released?.(this.#parts, key, this);
    return true;
  }

  endAll(): void {
    for (const key of this.sessions.keys()) while (this.end(key));
  }

  /** As by SIGSTOP; or with its whole host, whose monotonic clock then stands still. */
  stop(suspended = false): void {
    if (this.gone || this.stopped) return;
    this.#actedAtStop = this.acts();
    this.stopped = true;
    this.#suspended = suspended;
    this.#stoppedAt = this.#parts.timeline.now;
  }

  /** As by SIGCONT: all that was due runs at once, and anything may come first. */
  resume(): void {
    if (!this.stopped || this.gone) return;
    const { timeline, chance, double } = this.#parts;
    this.stopped = false;
    if (this.#suspended || double.clocks === 'stand still while stopped') this.#slept += timeline.now - this.#stoppedAt;
    // Its heartbeat slept too: it comes up to ten seconds after the host.
    this.runsSince = this.monotonic() + (this.#suspended ? defaultTimings.renewEvery : 0);
    const first = chance.oneOf(['timer', 'io', undefined]);
    const due = this.backlog.splice(0).sort((one, other) => one.at - other.at || one.order - other.order);
    for (const event of [...due.filter(({ kind }) => kind === first), ...due.filter(({ kind }) => kind !== first)])
      timeline.after(0, event.run, this, event.kind);
  }

  kill(): void {
    this.gone = true;
  }

  /** A clean exit: sessions end, and all is given back. */
  exit(): void {
    this.exiting = true;
    this.endAll();
    void this.slots?.close().then(() => this.kill(), this.#fail);
  }

  /** Somebody sets the host's wall clock; what is known of the store's clock changes a little too. */
  jumpClocks(ms: number): void {
    this.#wallAhead = ms;
    this.#skew = this.#parts.chance.between(-450, 450);
  }

  monotonic(): number {
    return this.#bootedAt + this.#parts.timeline.now - this.#slept;
  }

  leaseTime(): number {
    const { timeline, double } = this.#parts;
    if (double.leaseClock === 'wall') return timeline.now + this.#wallAhead;
    const uncounted = double.leaseClock === 'monotonic' || double.clocks === 'stand still while stopped' ? this.#slept : 0;
    return timeline.now + this.#skew - uncounted;
  }

  #sessionsOf(key: SlotKey): Hold[] {
    const known = this.sessions.get(key) ?? [];
    this.sessions.set(key, known);
    return known;
  }

  readonly #fail = (error: unknown): void => {
    this.surprise ??= error;
  };

  async #open(): Promise<void> {
    const { double, policy, timings, trace, name } = this.#parts;
    const open = async (): Promise<Slots> => {
      let epochs = 0;
      const slots = await openSlots({
        store: double.port?.(this.link.port(), this.#parts) ?? this.link.port(),
        clock: this.#clock(),
        newId: () => {
          epochs += 1;
          return `${name}.${epochs}`;
        },
        policy: () => policy,
        log: {
          event: (event, fields) => trace.line(() => `${name} logs ${event} ${JSON.stringify(fields ?? {})}`),
          failure: (event, error) => this.#logged(event, error),
        },
        timings: { ...timings, ...double.timings },
      });
      slots.onMustClose((keys) => this.#mustClose(keys));
      return slots;
    };
    try {
      this.slots = double.opens === undefined ? await open() : await double.opens(open);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** At a clean exit calls may be lost; anything else that is logged as a failure is a fault of ours. */
  #logged(event: string, error: unknown): void {
    if (event !== 'slots-not-given-back' || !(error instanceof OutcomeUnknown))
      this.#fail(new Broken('no surprise', `${event}: ${String(error)}`));
  }

  #mustClose(keys: readonly SlotKey[] | 'all'): void {
    this.#parts.trace.line(() => `${this.name} must close ${keys}`);
    if (keys === 'all') this.endAll();
    else for (const key of keys) this.end(key);
  }

  #clock(): Clock {
    const { timeline } = this.#parts;
    return {
      now: () => timeline.now + this.#wallAhead,
      monotonic: () => this.monotonic(),
      sleep: (ms, signal) => (signal?.aborted === true ? Promise.resolve() : new Promise((wake) => this.#sleep(ms, signal, wake))),
    };
  }

  #sleep(ms: number, signal: AbortSignal | undefined, wake: () => void): void {
    const until = this.monotonic() + ms;
    const look = (): void => {
      const left = until - this.monotonic();
      // The host slept meanwhile, and its timers with it.
      if (left > 0 && signal?.aborted !== true) this.#parts.timeline.after(left, look, this, 'timer');
      else {
        signal?.removeEventListener('abort', wake);
        wake();
      }
    };
    signal?.addEventListener('abort', wake, { once: true });
    this.#parts.timeline.after(ms, look, this, 'timer');
  }
}

export const isHold = (answer: Answer | undefined): answer is Hold => typeof answer === 'object' && 'release' in answer;
