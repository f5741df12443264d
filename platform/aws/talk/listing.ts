import { randomBytes } from 'node:crypto';
import type { EventLog } from '../../../core/observe/event-log.ts';
import type { Clock } from '../../../core/values/clock.ts';
import { enterEvery, type ProcessDirectory } from './process-directory.ts';
import type { TalkAddress } from './watchers.ts';

const keyOctets = 32;
/** ms. A key that leaked, with a backup of the table say, is of no use after a day. */
const newKeyEvery = 24 * 3_600_000;
/** How long the key before is still accepted, ms: whoever read the list a minute ago has it. */
const oldKeyFor = 10 * 60_000;
/** ms, when the directory could not be written. */
const tryAgain = 5_000;

export interface ListingDeps {
  readonly processes: ProcessDirectory;
  readonly name: string;
  readonly address: TalkAddress;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** Keeps this process in the directory, and changes its key now and then. */
export class Listing {
  readonly #deps: ListingDeps;
  readonly #over = new AbortController();
  #key = randomBytes(keyOctets);
  #keySince: number;
  #oldKey: Buffer | undefined;
  #entering: Promise<void> = Promise.resolve();

  constructor(deps: ListingDeps) {
    this.#deps = deps;
    this.#keySince = deps.clock.monotonic();
  }

  /** Those that are accepted now, the listed one first. */
  keys(): readonly Buffer[] {
    const isOldGood = this.#oldKey !== undefined && this.#deps.clock.monotonic() - this.#keySince < oldKeyFor;
    return [this.#key, ...(isOldGood && this.#oldKey !== undefined ? [this.#oldKey] : [])];
  }

  /** Resolves after the first try to enter. One that fails is repeated. */
  async begin(): Promise<void> {
    const first = this.#enter();
    this.#entering = first.then((entered) => this.#goOn(entered));
    await first;
  }

  /** Nobody new finds this process from here on. Never throws: what is listed is over by itself soon. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#entering;
    const { processes, name, log } = this.#deps;
    await processes.leave(name).catch((error: unknown) => log.failure('process-not-listed', error));
  }

  async #goOn(entered: boolean): Promise<void> {
    const { clock } = this.#deps;
    for (let isListed = entered; ; isListed = await this.#enter()) {
      await clock.sleep(isListed ? enterEvery : tryAgain, this.#over.signal);
      if (this.#over.signal.aborted) return;
      if (clock.monotonic() - this.#keySince >= newKeyEvery) this.#changeKey();
    }
  }

  #changeKey(): void {
    this.#oldKey = this.#key;
    this.#key = randomBytes(keyOctets);
    this.#keySince = this.#deps.clock.monotonic();
  }

  async #enter(): Promise<boolean> {
    const { processes, name, address, log } = this.#deps;
    try {
      await processes.enter({ name, address, key: this.#key });
      return true;
    } catch (error) {
      log.failure('process-not-listed', error);
      return false;
    }
  }
}
