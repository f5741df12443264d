import type { SettingsSource, SettingsVersion } from '../../core/settings/settings-source.ts';

/** Set values in memory; a write is told to watchers before it resolves. */
export function memorySource(initial: Readonly<Record<string, string>> = {}): SettingsSource {
  let now: SettingsVersion = { version: 1, values: new Map(Object.entries(initial)) };
  const watchers = new Set<(now: SettingsVersion) => void>();
  return {
    read: async () => now,
    write: async (changes) => {
      const values = new Map(now.values);
      for (const [name, value] of changes) value === undefined ? values.delete(name) : values.set(name, value);
      now = { version: now.version + 1, values };
      for (const changed of watchers) changed(now);
    },
    watch: (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
}
