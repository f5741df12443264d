import type { CollectMeter } from '../core/collect/collecting-session.ts';
import { type ConnectMeter, connectMetrics } from '../core/delivery/connect-meter.ts';
import { type DeliveryCounts, deliveryCounts } from '../core/observe/delivery-counts.ts';
import type { EventLog } from '../core/observe/event-log.ts';
import { Meter } from '../core/observe/meter.ts';
import { metrics } from '../core/observe/metrics.ts';
import { type OutboundCounts, outboundCounts } from '../core/observe/outbound-counts.ts';
import type { Refused } from '../core/observe/refused.ts';
import type { FollowingSettings } from '../core/settings/resolve.ts';
import { SlotMetrics, tellWritesPerSession } from '../core/slots/slot-metrics.ts';
import type { KnownKeys } from '../core/slots/slots.ts';
import type { Clock } from '../core/values/clock.ts';
import { protocols } from '../core/values/protocol.ts';
import { RefusalMetrics } from './net/refusal-metrics.ts';
import { SessionCounts } from './net/session-counts.ts';
import { SessionReport } from './net/session-report.ts';

const every = 60_000; // ms

export interface Telling {
  readonly slots: KnownKeys;
  readonly settings: FollowingSettings;
  readonly log: EventLog;
  /** Takes a line of JSON without its line end. */
  readonly write: (line: string) => void;
}

/** What one process counts. It counts from its first moment, and tells once a minute from `tell` on. */
export class ProcessMetrics {
  readonly counts = new SessionCounts();
  readonly slots: SlotMetrics;
  readonly outbound: OutboundCounts;
  readonly connecting: ConnectMeter;
  readonly deliveries: DeliveryCounts;
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #refusals: RefusalMetrics;
  #certificateDays: (() => number) | undefined;

  /** @param namespace of the metrics. @default - that of all */
  constructor(clock: Clock, namespace?: string) {
    this.#clock = clock;
    this.#meter = new Meter(namespace);
    this.#refusals = new RefusalMetrics(this.#meter);
    this.slots = new SlotMetrics(this.#meter, clock);
    this.outbound = outboundCounts(this.#meter);
    this.connecting = connectMetrics(this.#meter);
    this.deliveries = deliveryCounts(this.#meter);
  }

  refused(what: Refused): void {
    this.#refusals.tell(what);
  }

  /** What the collecting sessions count with. */
  readonly collect: CollectMeter = {
    collected: (messages) => this.#meter.counter(metrics.messagesCollected, {}).add(messages),
    runFailed: () => this.#meter.counter(metrics.collectRunsFailed, {}).add(1),
  };

  /** @param days until the certificate in use is over; asked each minute */
  certificate(days: () => number): void {
    this.#certificateDays = days;
  }

  settingRejected(): void {
    this.#meter.counter(metrics.settingsRejected, {}).add(1);
  }

  /** `close` tells what was counted since the last minute. */
  tell({ slots, settings, log, write }: Telling): { close(): void } {
    const report = new SessionReport({ counts: this.counts, slots, settings, log });
    const timer = setInterval(() => {
      report.tell();
      this.#write(slots, settings, write);
    }, every).unref();
    return {
      close: () => {
        clearInterval(timer);
        report.close();
        this.#write(slots, settings, write);
      },
    };
  }

  #write(slots: KnownKeys, settings: FollowingSettings, write: (line: string) => void): void {
    const begun = new Map(protocols.map((protocol) => [protocol, this.counts.takeBegun(protocol)]));
    for (const [protocol, sessions] of begun) this.#meter.counter(metrics.sessionsBegun, { protocol }).add(sessions);
    tellWritesPerSession(this.#meter, this.slots, (protocol) => begun.get(protocol) ?? 0);
    this.slots.look(slots.usage());
    this.#meter.gauge(metrics.settingsVersion, {}).set(settings.version());
    if (this.#certificateDays !== undefined) this.#meter.gauge(metrics.certificateExpires, {}).set(this.#certificateDays());
    for (const line of this.#meter.lines(this.#clock.now())) write(line);
  }
}
