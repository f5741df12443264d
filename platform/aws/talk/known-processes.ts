import type { Clock } from '../../../core/values/clock.ts';
import type { ListedProcess, ProcessDirectory } from './process-directory.ts';
import type { TalkAddress } from './watchers.ts';

/** ms. A new process is seen within it; a key that is no longer the one of its process is found out when it does not fit. */
const goodFor = 60_000;
/** However many addresses are unknown, the directory is read no more often, ms. */
const readEvery = 2_000;

/** The processes of the stage as the directory last told, so that not every word costs a read. */
export class KnownProcesses {
  readonly #directory: Pick<ProcessDirectory, 'all'>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #listed: readonly ListedProcess[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<readonly ListedProcess[]> | undefined;
  #failed: { readonly at: number; readonly error: unknown } | undefined;

  constructor(directory: Pick<ProcessDirectory, 'all'>, clock: Pick<Clock, 'monotonic'>) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** @param maxAge ms that the list may be old. @throws when the directory can't be read */
  async all(maxAge: number): Promise<readonly ListedProcess[]> {
    if (this.#clock.monotonic() - this.#readAt <= maxAge) return this.#listed;
    // A table that is throttled is not asked again for each word that waits for it.
    if (this.#failed !== undefined && this.#clock.monotonic() - this.#failed.at < readEvery) throw this.#failed.error;
    this.#reading ??= this.#read();
    return await this.#reading;
  }

  /** @returns undefined when nobody is listed there. @throws when the directory can't be read */
  async at(address: TalkAddress): Promise<ListedProcess | undefined> {
    const find = (all: readonly ListedProcess[]): ListedProcess | undefined => all.find((one) => one.address === address);
    return find(await this.all(goodFor)) ?? find(await this.all(readEvery));
  }

  /** It did not let us talk to it: what is listed of it may be over. */
  doubt(address: TalkAddress): void {
    this.#listed = this.#listed.filter((one) => one.address !== address);
  }

  async #read(): Promise<readonly ListedProcess[]> {
    try {
      this.#listed = await this.#directory.all();
      this.#readAt = this.#clock.monotonic();
      this.#failed = undefined;
      return this.#listed;
    } catch (error) {
      this.#failed = { at: this.#clock.monotonic(), error };
      throw error;
    } finally {
      this.#reading = undefined;
    }
  }
}
