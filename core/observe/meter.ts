import { type At, type Dimension, type Metric, metricLine, metricNamespace } from './metrics.ts';

export interface Counter {
  add(more: number): void;
  /** Since the last lines. */
  readonly sum: number;
}

/** The value it has now; told with the next lines, once. */
export interface Gauge {
  set(value: number): void;
}

/** Goes up and down; the highest it was since the last lines is told. */
export interface Level {
  change(by: number): void;
}

export interface Samples {
  record(value: number): void;
}

/**
 * Gathers numbers in memory and tells each metric and set of dimensions in one line, when there is something to tell. An instrument is
 * asked for once and kept by whoever counts with it: counting is an addition, whatever is going on.
 */
export class Meter {
  readonly #namespace: string;
  readonly #series = new Map<string, Series>();

  constructor(namespace = metricNamespace) {
    this.#namespace = namespace;
  }

  counter<D extends Dimension>(metric: Metric<D>, at: At<D>): Counter {
    return this.#find(metric, at, () => new Sum());
  }

  gauge<D extends Dimension>(metric: Metric<D>, at: At<D>): Gauge {
    return this.#find(metric, at, () => new Last());
  }

  level<D extends Dimension>(metric: Metric<D>, at: At<D>): Level {
    return this.#find(metric, at, () => new Highest());
  }

  samples<D extends Dimension>(metric: Metric<D>, at: At<D>): Samples {
    return this.#find(metric, at, () => new Chosen());
  }

  /** What has gathered since the last call. @param now ms since the epoch */
  lines(now: number): readonly string[] {
    const lines: string[] = [];
    for (const { metric, at, values } of this.#series.values()) {
      const value = values.take();
      if (value !== undefined) lines.push(metricLine(metric, value, at, now, this.#namespace));
    }
    return lines;
  }

  #find<D extends Dimension, V extends Values>(metric: Metric<D>, at: At<D>, make: () => V): V {
    const key = [metric.name, ...metric.dimensions.map((dimension) => at[dimension])].join(' ');
    const known = this.#series.get(key);
    if (known !== undefined) return known.values as V; // a metric is counted in one way only
    const values = make();
    this.#series.set(key, { metric: metric as unknown as Metric, at: at as unknown as At<Dimension>, values });
    return values;
  }
}

interface Values {
  /** @returns what there is to tell, and begins anew */
  take(): number | readonly number[] | undefined;
}

interface Series {
  readonly metric: Metric;
  readonly at: At<Dimension>;
  readonly values: Values;
}

class Sum implements Counter, Values {
  sum = 0;

  add(more: number): void {
    this.sum += more;
  }

  take(): number | undefined {
    const { sum } = this;
    this.sum = 0;
    return sum === 0 ? undefined : sum;
  }
}

/** Nothing is told of a value that is 0 and was 0 before. */
class Last implements Gauge, Values {
  #value: number | undefined;
  #toldBefore = 0;

  set(value: number): void {
    this.#value = value;
  }

  take(): number | undefined {
    const value = this.#value;
    this.#value = undefined;
    if (value === undefined || (value === 0 && this.#toldBefore === 0)) return undefined;
    this.#toldBefore = value;
    return value;
  }
}

class Highest implements Level, Values {
  #now = 0;
  #most = 0;

  change(by: number): void {
    this.#now += by;
    if (this.#now > this.#most) this.#most = this.#now;
  }

  take(): number | undefined {
    const most = this.#most;
    this.#most = this.#now;
    return most === 0 ? undefined : most;
  }
}

/** The format's limit for one line. */
const mostSamples = 100;

/** Of many values every second, fourth, eighth … is kept, and the greatest of all. */
class Chosen implements Samples, Values {
  #kept: number[] = [];
  #seen = 0;
  #stride = 1;
  #greatest = Number.NEGATIVE_INFINITY;

  record(value: number): void {
    if (value > this.#greatest) this.#greatest = value;
    if (this.#seen++ % this.#stride !== 0) return;
    this.#kept.push(value);
    if (this.#kept.length < mostSamples) return;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  take(): readonly number[] | undefined {
    const kept = this.#kept;
    if (kept.length === 0) return undefined;
    const values = kept.includes(this.#greatest) ? kept : [...kept, this.#greatest];
    this.#kept = [];
    this.#seen = 0;
    this.#stride = 1;
    this.#greatest = Number.NEGATIVE_INFINITY;
    return values;
  }
}
