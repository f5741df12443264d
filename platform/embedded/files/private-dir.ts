import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the directory, or takes an existing one, for its owner alone, whatever the umask; a new one survives a power cut. */
export async function privateDir(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  if (made === undefined) return;
  await syncDir(dirname(path));
  await syncDir(dirname(made));
}

/** A name that was made or moved is durable only once the directory it stands in has been synced. */
export async function syncDir(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
