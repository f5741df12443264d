import { nextCount, type Write } from '../write.ts';

export function writeSettings(write: Write, { changes }: { readonly changes: ReadonlyMap<string, string | undefined> }): void {
  for (const [name, value] of changes) {
    if (value === undefined) write.sql.run('DELETE FROM settings WHERE name = ?', name);
    else write.sql.run('INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2', name, value);
  }
  nextCount(write, 'settings');
  write.effects.settings.add('changed');
}
