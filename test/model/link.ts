import {
  OutcomeUnknown,
  type SlotAnswer,
  type SlotItem,
  type SlotKey,
  type SlotMove,
  type SlotStore,
} from '../../core/slots/slot-store.ts';
import type { Chance } from './chance.ts';
import type { ModelStore } from './model-store.ts';
import type { Owner, Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/**
 * What happens to one call on its way. `retried`: the reply to the adapter's first try is lost, and its second try is answered.
 * `copied`: besides the try that is answered another one arrives late. `late`: the only one arrives, after nobody waits for it any more.
 */
export const fates = ['lost', 'unanswered', 'throttled', 'retried', 'copied', 'late', 'unanswered and copied'] as const;
export type Fate = 'well' | (typeof fates)[number];

export interface Weather {
  /** Part of the calls that something happens to, percent. */
  trouble: number;
  readonly fates: readonly [Fate, ...Fate[]];
  /** How late a copy may be, ms. */
  readonly latest: number;
  /** The whole network is cut. */
  cut: boolean;
}

export interface LinkParts {
  readonly timeline: Timeline;
  readonly store: ModelStore;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly trace: Trace;
  readonly name: string;
  readonly owner: Owner;
  /** The store's clock as this process knows it. */
  readonly leaseTime: () => number;
  /** An adapter may know the copy of its own earlier try when the condition fails, or leave that to whoever called. */
  readonly knowsItsTries: boolean;
  /** A move is on its way. @returns to be called when that is over */
  readonly sends: (move: SlotMove) => () => void;
  /** An answer about a key has reached the process. @param applied the move that it says has applied */
  readonly told: (key: SlotKey, item: SlotItem | undefined, applied: SlotMove | undefined) => void;
}

/** Time that an adapter waits for a reply, ms. */
const patience = 800;

/** The way from one process to the store and back. */
export class Link {
  readonly #parts: LinkParts;
  /** This process alone is cut off. */
  cut = false;
  /** Moves that the store was asked for. */
  changes = 0;
  /** Those, and whatever else is to be written, renewals left out. */
  writes = 0;
  /** Copies and late requests that changed something in the store after nobody waited for them. */
  landed = 0;
  /** Overrules the weather for some calls. */
  fateOf: (call: string) => Fate | undefined = () => undefined;
  /** Overrules it for the next call that begins so, and how late a copy of that is, ms. */
  next: { readonly call: string; readonly fate: Fate; readonly late: number } | undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  /** The store as this process has it. */
  port(): SlotStore {
    const { store, leaseTime, told, sends } = this.#parts;
    return {
      leaseTime,
      change: (move) => {
        this.changes += 1;
        const over = sends(move);
        this.writes += 1;
        return this.#call(
          `change ${move.key}`,
          () => this.#change(move),
          (answer) => told(move.key, answer.item, answer.changed ? move : undefined),
          (answer) => (answer.changed ? answer : { ...answer, repeated: true }),
        ).finally(over);
      },
      read: (key) =>
        this.#call(
          `read ${key}`,
          () => store.read(key),
          (item) => told(key, item, undefined),
        ),
      repair: (key, dead, version) => {
        this.writes += 1;
        return this.#call(`repair ${key} ${dead}@${version}`, () => store.repair(key, dead, version));
      },
      register: (holder, lease) => {
        const now = leaseTime();
        return this.#call(`register ${holder}`, () => store.register(holder, now + lease, now));
      },
      renew: (holder, lease) => {
        const now = leaseTime();
        return this.#call(`renew ${holder}`, () => store.renew(holder, now + lease, now));
      },
      declareDead: (holder, self) => {
        const now = leaseTime();
        this.writes += 1;
        return this.#call(`declareDead ${holder}${self ? ' itself' : ''}`, () => store.declareDead(holder, self, now));
      },
      holder: (id) => this.#call(`holder ${id}`, () => store.holder(id)),
      ask: (holder, request) => this.#call(`ask ${holder}`, () => store.ask(holder, request)),
      list: async () => [],
    };
  }

  #change(move: SlotMove): SlotAnswer {
    const { store, timeline, trace, knowsItsTries, name } = this.#parts;
    const answer = store.change(move, timeline.now);
    trace.line(() => `${name} ${described(move)} ${answer.changed ? 'applied' : 'did not apply'}, n = ${answer.item.n}`);
    const isMine = answer.item.entries.get(move.holder)?.version === move.to.version;
    return knowsItsTries && isMine ? { changed: true, item: answer.item } : answer;
  }

  #fate(call: string): Fate {
    const { chance, weather } = this.#parts;
    if (this.cut || weather.cut) return 'lost';
    if (this.next !== undefined && call.startsWith(this.next.call)) return this.next.fate;
    return this.fateOf(call) ?? (chance.percent(weather.trouble) ? chance.oneOf(weather.fates) : 'well');
  }

  #call<T>(call: string, apply: () => T, heard: (answer: T) => void = () => {}, marked: (answer: T) => T = (answer) => answer): Promise<T> {
    const { timeline, chance, trace, owner, name } = this.#parts;
    const fate = this.#fate(call);
    const late = this.#lateness(call);
    trace.line(() => `${name} sends ${call}${fate === 'well' ? '' : `: ${fate}`}`);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const sentAt = timeline.now;
    const fail = (after: number): void => timeline.after(after, () => reject(new OutcomeUnknown(fate)), owner);
    const arrive = (after: number, last: boolean): void =>
      timeline.after(after, () => {
        const answer = apply();
        if (last) timeline.after(this.#latency(), () => reply(answer), owner);
      });
    const reply = (answer: T): void => {
      trace.line(() => `${name} has the answer to ${call}`);
      // Of a process that was stopped, the timer of the call is due too: either may come first.
      if (this.cut || (timeline.now - sentAt > patience && chance.percent(50))) reject(new OutcomeUnknown('cut'));
      else {
        heard(answer);
        resolve(fate === 'well' ? answer : marked(answer));
      }
    };
    const first = this.#latency();
    const second = first + chance.between(1, 300);
    if (fate === 'well') arrive(first, true);
    else if (fate === 'throttled') fail(first);
    else if (fate === 'retried') [arrive(first, false), arrive(second, true)];
    else if (fate === 'copied') [arrive(first, true), this.#arriveLate(call, apply, late)];
    else {
      if (fate !== 'lost' && fate !== 'late') arrive(first, false);
      if (fate === 'late' || fate === 'unanswered and copied') this.#arriveLate(call, apply, late);
      fail(patience);
    }
    return promise;
  }

  #arriveLate(call: string, apply: () => unknown, late: number): void {
    const { timeline, trace, store, name } = this.#parts;
    timeline.after(late, () => {
      trace.line(() => `a late copy arrives: ${name} ${call}`);
      const before = store.touched;
      store.touched = false;
      apply();
      if (store.touched) this.landed += 1;
      store.touched ||= before;
    });
  }

  #lateness(call: string): number {
    const { chance, weather } = this.#parts;
    if (this.next === undefined || !call.startsWith(this.next.call)) return chance.spread(200, weather.latest);
    const { late } = this.next;
    this.next = undefined;
    return late;
  }

  #latency(): number {
    const { chance } = this.#parts;
    return chance.percent(85) ? chance.between(1, 8) : chance.between(8, 250);
  }
}

const described = ({ key, holder, from, to, limit, setLimit }: SlotMove): string =>
  `${key} ${holder} ${from === undefined ? 'nothing' : `${from.count}@${short(from.version)}`} -> ${to.count}@${short(to.version)} ` +
  `under ${limit}${setLimit ? ', the new limit' : ''}`;

const short = (version: string): string => version.replace(/^0+/, '');
