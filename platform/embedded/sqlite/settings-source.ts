import type { SettingsSource, SettingsVersion } from '../../../core/settings/settings-source.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Reads } from './reads.ts';
import type { Writer } from './writer.ts';

const readAgain = 1000; // ms, after a read that failed

export function sqliteSettingsSource({
  reads,
  writer,
  feed,
}: {
  readonly reads: Reads;
  readonly writer: Writer;
  readonly feed: ChangeFeed;
}): SettingsSource {
  const read = (): Promise<SettingsVersion> =>
    reads.now((sql) => ({
      version: sql.get<{ value: number }>("SELECT value FROM counters WHERE name = 'settings'")?.value ?? 0,
      values: new Map(sql.all<{ name: string; value: string }>('SELECT name, value FROM settings').map(({ name, value }) => [name, value])),
    }));
  return {
    read,
    write: (changes) => writer.run('writeSettings', { changes }),
    watch(changed) {
      let watching = true;
      const look = (): void => {
        if (!watching) return;
        read().then(
          (now) => watching && changed(now),
          () => setTimeout(look, readAgain).unref(),
        );
      };
      const stop = feed.watchSettings(look);
      return () => {
        watching = false;
        stop();
      };
    },
  };
}
