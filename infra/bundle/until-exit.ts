import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directories: string[] = [];

/** A new directory that goes with the process. What an app is synthesised from is copied into its assembly at once, so nobody needs it longer. */
export function directoryUntilExit(name: string): string {
  if (directories.length === 0) process.once('exit', removeAll);
  const directory = mkdtempSync(join(tmpdir(), `mailweir-${name}-`));
  directories.push(directory);
  return directory;
}

function removeAll(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
