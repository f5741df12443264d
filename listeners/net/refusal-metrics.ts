import type { Counter, Meter } from '../../core/observe/meter.ts';
import { metrics } from '../../core/observe/metrics.ts';
import type { Refused } from '../../core/observe/refused.ts';

/** Counts who was turned away, by protocol and scope alone. */
export class RefusalMetrics {
  readonly #meter: Meter;
  readonly #counters = new Map<string, Counter>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  tell({ protocol, scope, observed }: Refused): void {
    const key = `${protocol} ${scope} ${observed}`;
    const counter = this.#counters.get(key) ?? this.#counterOf({ protocol, scope, observed });
    this.#counters.set(key, counter);
    counter.add(1);
  }

  #counterOf({ protocol, scope, observed }: Pick<Refused, 'protocol' | 'scope' | 'observed'>): Counter {
    if (scope === 'login') return this.#meter.counter(metrics.loginsRefused, { protocol });
    return this.#meter.counter(observed ? metrics.slotsWouldRefuse : metrics.slotsRefused, { protocol, scope });
  }
}
