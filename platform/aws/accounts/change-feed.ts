import type { AccountId } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { ChangeLog, LoggedChange } from './change-log.ts';

const lookEvery = 1_000; // ms: one read unit each, while somebody watches
/** What was logged so shortly before a watch began is told to it: its first look comes after it, and clocks differ. */
const toldFromBefore = 60_000; // ms
/** The first look goes back this far at most. */
const mostFromBefore = 500;
/** A number that is still missing then was swept. */
const awaitedFor = 30_000; // ms

/** Tells watchers of this process what it and other processes logged: its own at once, others' within a second. */
export class ChangeFeed {
  readonly #log: Pick<ChangeLog, 'last' | 'after'>;
  readonly #clock: Clock;
  readonly #watchers = new Set<(account: AccountId) => void>();
  /** Numbers after `#heardAll` that were told. */
  readonly #told = new Set<number>();
  /** Up to this number all were told. */
  #heardAll: number | undefined;
  #missingSince: number | undefined;
  #stop: AbortController | undefined;

  constructor(log: Pick<ChangeLog, 'last' | 'after'>, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  watch(changed: (account: AccountId) => void): () => void {
    const one = (account: AccountId): void => changed(account); // so that one callback can watch twice
    this.#watchers.add(one);
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      void this.#follow(this.#clock.now(), this.#stop.signal);
    }
    return () => {
      this.#watchers.delete(one);
      if (this.#watchers.size > 0) return;
      this.#stop?.abort();
      this.#stop = undefined;
      this.#heardAll = undefined;
      this.#told.clear();
    };
  }

  /** Of a change that was made here. */
  tell({ number, account }: LoggedChange): void {
    if (this.#watchers.size === 0 || this.#told.has(number) || number <= (this.#heardAll ?? 0)) return;
    this.#told.add(number);
    for (const heard of [...this.#watchers]) heard(account);
  }

  /** A look that fails is made up for by the next one. */
  async #follow(since: number, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.#look(since, stopped).catch(() => {});
      await this.#clock.sleep(lookEvery, stopped);
    }
  }

  async #look(since: number, stopped: AbortSignal): Promise<void> {
    const from = this.#heardAll ?? Math.max(0, (await this.#log.last()) - mostFromBefore);
    const changes = await this.#log.after(from);
    if (stopped.aborted) return;
    const isFirst = this.#heardAll === undefined;
    this.#heardAll = from;
    for (const change of changes) {
      if (isFirst && change.at < since - toldFromBefore) this.#told.add(change.number);
      else this.tell(change);
    }
    this.#advance(isFirst ? 0 : awaitedFor);
  }

  /** Items of a transaction become visible one by one: of two numbers the later one may be read first, and the other one comes. */
  #advance(waits: number): void {
    let heardAll = this.#heardAll ?? 0;
    while (this.#told.delete(heardAll + 1)) heardAll += 1;
    if (this.#told.size === 0) this.#missingSince = undefined;
    else {
      this.#missingSince ??= this.#clock.monotonic();
      if (this.#clock.monotonic() - this.#missingSince >= waits) {
        heardAll = Math.min(...this.#told) - 1;
        this.#missingSince = undefined;
        while (this.#told.delete(heardAll + 1)) heardAll += 1;
      }
    }
    this.#heardAll = heardAll;
  }
}
