import type { EventLog } from '../../core/observe/event-log.ts';
import { listenerSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { sessionsKey } from '../../core/slots/slot-key.ts';
import type { KnownKeys } from '../../core/slots/slots.ts';
import { type Protocol, protocols } from '../../core/values/protocol.ts';
import type { SessionCounts } from './session-counts.ts';

export interface SessionReportDeps {
  readonly counts: SessionCounts;
  readonly slots: KnownKeys;
  readonly settings: LiveSettings;
  readonly log: EventLog;
}

/** The event `sessions`: how many sessions of each protocol there are and were at most, beside their limits. */
export class SessionReport {
  readonly #deps: SessionReportDeps;
  readonly #unwatch: () => void;

  constructor(deps: SessionReportDeps) {
    this.#deps = deps;
    this.#unwatch = deps.settings.onChange((changed) => this.#tellChanged(changed));
  }

  /** A line for each protocol that is served, or still has sessions. */
  tell(): void {
    for (const protocol of protocols) if (this.#isOfInterest(protocol)) this.#tellOne(protocol);
  }

  close(): void {
    this.#unwatch();
  }

  #tellChanged(changed: ReadonlySet<string>): void {
    for (const protocol of protocols) {
      const { sessions, sessionsPerProcess } = listenerSettings[protocol];
      if (changed.has(sessions.name) || changed.has(sessionsPerProcess.name)) this.#tellOne(protocol);
    }
  }

  #isOfInterest(protocol: Protocol): boolean {
    return this.#deps.settings.get(listenerSettings[protocol].enabled) || this.#deps.counts.live(protocol) > 0;
  }

  #tellOne(protocol: Protocol): void {
    const { counts, slots, settings, log } = this.#deps;
    const { sessions, sessionsPerProcess } = listenerSettings[protocol];
    log.event('sessions', {
      protocol,
      current: counts.live(protocol),
      maximum: counts.takeMost(protocol),
      processLimit: settings.get(sessionsPerProcess),
      everywhere: usedEverywhere(protocol, slots),
      limit: settings.get(sessions),
    });
  }
}

/** @returns slots that all processes have, as last heard; undefined before the first session */
function usedEverywhere(protocol: Protocol, slots: KnownKeys): number | undefined {
  const key = sessionsKey(protocol);
  for (const usage of slots.usage()) if (usage.key === key) return usage.used;
  return undefined;
}
