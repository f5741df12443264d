import type { EventLog } from '../../observe/event-log.ts';
import type { AccountId } from '../../values/address.ts';
import type { Clock } from '../../values/clock.ts';
import type { Refusal } from '../../values/refusal.ts';
import { isRefusal } from '../../values/result.ts';
import { MailboxGone } from '../mailbox-store.ts';
import type { SearchPorts, SearchResult, Sought } from './search-result.ts';
import { type Host, type RunProgress, SearchStopped, SharedRun } from './shared-run.ts';

/** A search that may be merged with others. */
export interface Question extends Sought {
  readonly account: AccountId;
  /** See mergeKey: what the criteria ask for, however they are written. */
  readonly words: string;
}

export interface Asker {
  /** It waits no longer. */
  readonly signal: AbortSignal;
  /** Where the run works, should this asker be the one who starts it. */
  readonly host: Host;
  /** This is the run that it waits for now. */
  follow(run: RunProgress): void;
}

export interface SharedSearchesOptions extends SearchPorts {
  readonly clock: Clock;
  readonly log: EventLog;
}

/** A result is kept for so long after the run has ended, ms. */
const keptFor = 60_000;
/** Results kept in a process, and messages in all of them: the oldest go first. */
const mostKept = 1_000;
const mostUids = 500_000;

interface Kept {
  readonly run: SharedRun;
  readonly until: number;
}

/**
 * Identical searches of one account share one run, also one whose askers have gone, and one that has ended a moment ago. Every answer is
 * what a search of its own would have found at some moment between the question and the answer. One for each process.
 */
export class SharedSearches {
  readonly #options: SharedSearchesOptions;
  readonly #runs = new Map<string, SharedRun>();
  readonly #underWay = new Set<SharedRun>();
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #closing = new AbortController();
  #expiring: Promise<void> | undefined;

  constructor(options: SharedSearchesOptions) {
    this.#options = options;
  }

  /**
   * @returns UIDs that match; or why the search could not begin
   * @throws what the search throws, or the reason of the asker's signal
   */
  async ask(question: Question, asker: Asker): Promise<SearchResult | Refusal> {
    const key = JSON.stringify([question.account, question.mailbox, question.words]);
    for (let anew = false; ; ) {
      asker.signal.throwIfAborted();
      const known = this.#runs.get(key);
      const isJoined: boolean = known?.isJoinable(anew) === true;
      const run: SharedRun = isJoined && known !== undefined ? known : this.#start(key, question, asker.host);
      asker.follow(run);
      const answer = await run.join(asker.signal);
      // A refusal is about the time that somebody else has waited; the asker's own may not be over.
      if (answer !== 'stale' && !(isJoined && isRefusal(answer))) return answer;
      anew ||= answer === 'stale';
    }
  }

  /** How many runs wait or work. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Stops every run. Nobody may ask any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    const runs = [...this.#underWay, ...this.#runs.values()];
    for (const run of runs) run.stop();
    await Promise.all([this.#expiring, ...runs.map((run) => run.atRest())]);
  }

  #start(key: string, { mailbox, criteria }: Question, host: Host): SharedRun {
    const run = new SharedRun({ mailbox, criteria }, host, this.#options, this.#options.clock);
    this.#forget(key);
    this.#runs.set(key, run);
    this.#underWay.add(run);
    void this.#watch(key, run);
    return run;
  }

  async #watch(key: string, run: SharedRun): Promise<void> {
    let isKept = false;
    try {
      isKept = !isRefusal(await run.ended);
    } catch (error) {
      if (!run.isHeard && !(error instanceof SearchStopped) && !(error instanceof MailboxGone))
        this.#options.log.failure('search-failed', error);
    }
    this.#underWay.delete(run);
    if (this.#runs.get(key) !== run) return;
    if (isKept) this.#keep(key, run);
    else this.#forget(key);
  }

  #keep(key: string, run: SharedRun): void {
    this.#kept.set(key, { run, until: this.#options.clock.monotonic() + keptFor });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept && this.#keptUids() <= mostUids) break;
      this.#forget(oldest);
    }
    if (this.#kept.size > 0 && !this.#closing.signal.aborted) this.#expiring ??= this.#expire();
  }

  #keptUids(): number {
    let sum = 0;
    for (const { run } of this.#kept.values()) sum += run.size;
    return sum;
  }

  async #expire(): Promise<void> {
    const { clock } = this.#options;
    for (let kept = this.#oldest(); kept !== undefined && !this.#closing.signal.aborted; kept = this.#oldest()) {
      const [key, { until }] = kept;
      const left = until - clock.monotonic();
      if (left <= 0) this.#forget(key);
      else await clock.sleep(left, this.#closing.signal);
    }
    this.#expiring = undefined;
  }

  #oldest(): readonly [string, Kept] | undefined {
    const [first] = this.#kept;
    return first;
  }

  #forget(key: string): void {
    this.#runs.delete(key);
    this.#kept.delete(key);
  }
}
