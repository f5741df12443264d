import type { EventLog } from '../../core/observe/event-log.ts';
import type { Network } from '../../core/values/network.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';

const period = 10_000; // ms
const mostKinds = 1_000;

interface Repeated {
  readonly protocol: Protocol;
  readonly refused: string;
  readonly network: Network;
  count: number;
}

/** Tells refused connections: the first of a kind and network at once, those that follow within ten seconds as one count. A flood must not fill the disk. */
export class RefusalLog {
  readonly #log: EventLog;
  #repeated = new Map<string, Repeated>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  tell(protocol: Protocol, network: Network, refusal: Refusal | { readonly refused: 'closed-unanswered' }): void {
    const key = `${protocol} ${refusal.refused} ${network}`;
    const known = this.#repeated.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.#repeated.size >= mostKinds) return;
    this.#repeated.set(key, { protocol, refused: refusal.refused, network, count: 0 });
    this.#timer ??= setTimeout(() => this.close(), period).unref();
    const numbers = 'limit' in refusal ? { used: refusal.used, limit: refusal.limit } : {};
    this.#log.event('connection-refused', { protocol, network, refused: refusal.refused, ...numbers });
  }

  /** Tells what was counted. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const repeated = this.#repeated;
    this.#repeated = new Map();
    for (const { count, ...what } of repeated.values()) {
      if (count > 0) this.#log.event('connections-refused', { ...what, count });
    }
  }
}
