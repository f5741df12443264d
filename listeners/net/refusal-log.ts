import type { EventFields, EventLog } from '../../core/observe/event-log.ts';
import type { Refused } from '../../core/observe/refused.ts';

const period = 10_000; // ms
const mostKinds = 1_000;

interface Repeated {
  readonly facts: EventFields;
  readonly observed: boolean;
  count: number;
}

/** Tells who was refused: the first of a kind and client at once, those that follow within ten seconds as one count. A flood must not fill the disk. */
export class RefusalLog {
  readonly #log: EventLog;
  #repeated = new Map<string, Repeated>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  tell({ observed, used, limit, ...facts }: Refused): void {
    if (facts.scope === 'login') return; // each login tells its own story, with the name that was tried
    const key = `${facts.protocol} ${facts.scope} ${facts.refused} ${facts.account ?? facts.network} ${observed}`;
    const known = this.#repeated.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.#repeated.size >= mostKinds) return;
    this.#repeated.set(key, { facts, observed, count: 0 });
    this.#timer ??= setTimeout(() => this.close(), period).unref();
    this.#log.event(observed ? 'would-be-refused' : 'refused', { ...facts, used, limit });
  }

  /** Tells what was counted. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const repeated = this.#repeated;
    this.#repeated = new Map();
    for (const { facts, observed, count } of repeated.values()) {
      if (count > 0) this.#log.event(observed ? 'would-be-refused-again' : 'refused-again', { ...facts, count });
    }
  }
}
