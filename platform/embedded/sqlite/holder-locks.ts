import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HolderId } from '../../../core/values/ids.ts';
import { tryLock } from '../file-lock.ts';

const lockName = /^([0-9A-Za-z-]{1,64})\.lock$/;

/**
 * Proof of life for holders of spool claims. Each holds a lock of the operating system on a file of its own, which goes when its process
 * ends, however it ends: whoever can take the lock knows that the holder is dead and that nothing of it is still being sent. Neither a
 * lease nor a process id proves that: a stopped process outlives its lease, and numbers are given again and differ between containers. The files stay empty.
 */
export class HolderLocks {
  readonly #dir: string;
  readonly #held = new Map<HolderId, { close(): void }>();

  /** @param dir for this purpose alone */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** From now until `close` the holder counts as alive. Call before its first claim. */
  hold(holder: HolderId): void {
    if (this.#held.has(holder)) return;
    // Locked under another name first: nobody may find the file unlocked. Closing any descriptor of a file loses the process's locks on
    // it, so after this only SQLite opens it, which knows about that.
    const fresh = join(this.#dir, `${holder}.new`);
    writeFileSync(fresh, '', { mode: 0o600 });
    const lock = tryLock(fresh);
    if (lock === undefined) throw new Error(`the holder ${holder} is locked by another process`);
    this.#held.set(holder, lock);
    renameSync(fresh, this.#fileOf(holder));
  }

  /**
   * Calls `bury` for each holder whose process has ended, one after the other; then it is forgotten. When `bury` fails it comes again at
   * the next look.
   */
  async ended(bury: (holder: HolderId) => Promise<void>): Promise<void> {
    for (const name of readdirSync(this.#dir)) {
      const holder = lockName.exec(name)?.[1] as HolderId | undefined;
      if (holder === undefined || this.#held.has(holder)) continue;
      const lock = tryLock(this.#fileOf(holder));
      if (lock === undefined) continue;
      try {
        await bury(holder);
        rmSync(this.#fileOf(holder), { force: true });
      } finally {
        lock.close();
      }
    }
  }

  /** The files stay, for whoever looks next: claims may be left. */
  close(): void {
    for (const lock of this.#held.values()) lock.close();
    this.#held.clear();
  }

  #fileOf(holder: HolderId): string {
    return join(this.#dir, `${holder}.lock`);
  }
}
