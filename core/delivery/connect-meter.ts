import type { Counter, Meter } from '../observe/meter.ts';
import { metrics } from '../observe/metrics.ts';

/** What connecting to other hosts tells to be counted. Cheap, and never in anybody's way. */
export interface ConnectMeter {
  /** A host, or a next hop, was left alone because it failed lately or is held. */
  leftAlone(): void;
  /** The one trial connection to a host whose time is over was begun. */
  trial(): void;
  /** A failure of a host was noted. */
  failed(): void;
  /** A host was passed over because its address had all the connections it may have. */
  full(): void;
  /** A host's own cap was learnt from its 421. */
  learnt(): void;
}

export const noConnectMeter: ConnectMeter = { leftAlone: () => {}, trial: () => {}, failed: () => {}, full: () => {}, learnt: () => {} };

/** Turns what connecting tells into metrics. */
export function connectMetrics(meter: Meter): ConnectMeter {
  const counting = (counter: Counter) => (): void => counter.add(1);
  return {
    leftAlone: counting(meter.counter(metrics.hostsLeftAlone, {})),
    trial: counting(meter.counter(metrics.hostTrials, {})),
    failed: counting(meter.counter(metrics.hostsFailed, {})),
    full: counting(meter.counter(metrics.destinationsFull, {})),
    learnt: counting(meter.counter(metrics.destinationCapsLearnt, {})),
  };
}
