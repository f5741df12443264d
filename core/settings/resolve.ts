import type { EventLog } from '../observe/event-log.ts';
import { catalogue } from './catalogue.ts';
import type { LiveSettings } from './live-settings.ts';
import { changedOverrides, type Override } from './overrides.ts';
import { type Origin, type Rejected, type Resolution, type Resolved, resolveValues, valueIn } from './resolve-values.ts';
import { changedRouteRules, type RouteRule } from './route-rules.ts';
import type { Place, Setting } from './setting.ts';
import type { SettingsSource, SettingsVersion } from './settings-source.ts';

/** What the command line asked for is not allowed; the process must not start with something else. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

export interface SettingInForce {
  readonly name: string;
  /** As operators write it. */
  readonly value: string;
  readonly origin: Origin;
}

export interface FollowingSettings extends LiveSettings {
  /** All of them, for operators. */
  inForce(): readonly SettingInForce[];
  /** Rises with each change. */
  version(): number;
  close(): void;
}

/**
 * Settings that follow their source. A bad stored value is ignored with the event `settings-rejected`, and the last good value stays.
 * Fixed settings keep the value of the start.
 * @param options from the command line of this process (`--set`). Each holds until an operator sets or unsets that name while the process runs: who acts last is right
 * @param onRejected called for each value that was not taken
 * @throws InvalidSettings when one of `options` is refused
 */
export async function liveSettings(
  source: SettingsSource,
  place: Place,
  log: EventLog,
  options: ReadonlyMap<string, string> = new Map(),
  onRejected: () => void = () => {},
): Promise<FollowingSettings> {
  const first = await source.read();
  const inForce = new InForce(first, place, log, options, onRejected);
  const stop = source.watch((now) => inForce.take(now));
  inForce.take(await source.read()); // what was set between the first look and the watch
  return {
    get: <T>(setting: Setting<T>) => inForce.get(setting),
    onChange: (listener) => inForce.onChange(listener),
    overrides: () => inForce.overrides,
    routeRules: () => inForce.routeRules,
    inForce: () => inForce.all(),
    version: () => inForce.version,
    close: stop,
  };
}

class InForce {
  readonly #place: Place;
  readonly #log: EventLog;
  readonly #options: Map<string, string>;
  readonly #onRejected: () => void;
  readonly #listeners = new Set<(changed: ReadonlySet<string>) => void>();
  #version: SettingsVersion;
  #now: Resolution;

  constructor(first: SettingsVersion, place: Place, log: EventLog, options: ReadonlyMap<string, string>, onRejected: () => void) {
    this.#place = place;
    this.#log = log;
    this.#options = new Map(options);
    this.#onRejected = onRejected;
    this.#version = first;
    this.#now = resolveValues({ stored: first.values, options: this.#options, place });
    const refused = this.#now.rejected.filter(({ names }) => names.some((name) => options.has(name)));
    if (refused.length > 0) throw new InvalidSettings(refused.map(({ fault }) => fault));
    this.#tell(this.#now.rejected, []);
  }

  get<T>(setting: Setting<T>): T {
    return valueIn(this.#now.values, setting);
  }

  get version(): number {
    return this.#version.version;
  }

  get overrides(): readonly Override[] {
    return this.#now.overrides;
  }

  get routeRules(): readonly RouteRule[] {
    return this.#now.routeRules;
  }

  all(): readonly SettingInForce[] {
    const { values } = this.#now;
    return catalogue.map((setting) => ({
      name: setting.name,
      value: setting.format(valueIn(values, setting)),
      origin: values.get(setting.name)?.origin ?? 'default',
    }));
  }

  onChange(listener: (changed: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(next: SettingsVersion): void {
    if (next.version <= this.#version.version) return;
    this.#forgetOptionsSetSince(next);
    const before = this.#now;
    const resolved = resolveValues({ stored: next.values, options: this.#options, place: this.#place, lastGood: before });
    this.#version = next;
    this.#now = { ...resolved, values: keepFixed(before.values, resolved.values) };
    this.#tell(resolved.rejected, before.rejected);
    this.#announce(changedNames(before, this.#now), next.version);
  }

  #forgetOptionsSetSince(next: SettingsVersion): void {
    for (const name of this.#options.keys()) {
      if (next.values.get(name) !== this.#version.values.get(name)) this.#options.delete(name);
    }
  }

  /** Each bad value is told once, not again with every later change of another one. */
  #tell(rejected: readonly Rejected[], toldBefore: readonly Rejected[]): void {
    const told = new Set(toldBefore.map(({ fault }) => fault));
    for (const { names, fault } of rejected) {
      if (told.has(fault)) continue;
      this.#log.event('settings-rejected', { settings: names.join(' '), fault });
      this.#onRejected();
    }
  }

  #announce(changed: ReadonlySet<string>, version: number): void {
    if (changed.size === 0) return;
    this.#log.event('settings-changed', { settings: [...changed].join(' '), version });
    for (const listener of this.#listeners) {
      try {
        listener(changed);
      } catch (error) {
        // One listener's trouble must not keep the change from the others.
        this.#log.failure('settings-change-failed', error, { settings: [...changed].join(' ') });
      }
    }
  }
}

function keepFixed(before: ReadonlyMap<string, Resolved>, after: ReadonlyMap<string, Resolved>): ReadonlyMap<string, Resolved> {
  const kept = catalogue.filter(({ fixed }) => fixed === true).flatMap(({ name }) => entryOf(before, name));
  return new Map([...after, ...kept]);
}

const entryOf = (values: ReadonlyMap<string, Resolved>, name: string): readonly (readonly [string, Resolved])[] => {
  const resolved = values.get(name);
  return resolved === undefined ? [] : [[name, resolved]];
};

/** Compared as operators would read them, because lists and endpoints are new objects each time. */
function changedNames(before: Resolution, after: Resolution): ReadonlySet<string> {
  const changed = catalogue.filter(
    (setting) => setting.format(valueIn(before.values, setting)) !== setting.format(valueIn(after.values, setting)),
  );
  return new Set([
    ...changed.map(({ name }) => name),
    ...changedOverrides(before.overrides, after.overrides),
    ...changedRouteRules(before.routeRules, after.routeRules),
  ]);
}
