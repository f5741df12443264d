import assert from 'node:assert/strict';
import { mergeKey } from '../../core/mailbox/search/merge-key.ts';
import type { SearchPorts } from '../../core/mailbox/search/search-result.ts';
import { settleSets } from '../../core/mailbox/search/settle-sets.ts';
import type { RunProgress } from '../../core/mailbox/search/shared-run.ts';
import { SharedSearches } from '../../core/mailbox/search/shared-searches.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
import { atRest, VirtualClock } from '../slots/virtual-clock.ts';
import { LivingMailbox, letter, theMailbox } from './living-mailbox.ts';

export const full: Refusal = { refused: 'searches-full' };

export const apple: SearchKey = { key: 'TEXT', text: 'apple' };

/** Searches over one mailbox of four messages; a read takes a second. */
export function given(ports: Partial<SearchPorts> = {}) {
  const mailbox = new LivingMailbox();
  for (const word of ['apple', 'pear', 'plum', 'apple pear']) mailbox.append(letter('nothing', word));
  const clock = new VirtualClock();
  mailbox.gate = () => clock.sleep(1_000);
  const failures: unknown[] = [];
  const log = { event: () => {}, failure: (_: string, error: unknown) => void failures.push(error) };
  const searches = new SharedSearches({ ...mailbox.ports(), ...ports, clock, log });
  return { mailbox, clock, failures, searches, slots: new Slots() };
}

/** What runs take and give back. */
class Slots {
  taken = 0;
  free = 0;
  /** Takes so long, or never comes. */
  wait: (signal: AbortSignal) => Promise<Refusal | undefined> = async () => undefined;

  host = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | Refusal> => {
    this.taken += 1;
    try {
      return (await this.wait(signal)) ?? (await work());
    } finally {
      this.free += 1;
    }
  };

  get held(): number {
    return this.taken - this.free;
  }
}

/** One client that asks once. */
export class Asker {
  readonly #gone = new AbortController();
  run: RunProgress | undefined;
  readonly answer: Promise<readonly number[] | Refusal>;

  constructor({ mailbox, searches, slots }: ReturnType<typeof given>, criteria: SearchKey = apple) {
    const view = mailbox.select();
    const settled = settleSets(criteria, view);
    const question = {
      account: 'alice@example.org' as AccountId,
      mailbox: theMailbox,
      criteria: settled,
      words: String(mergeKey(settled, view)),
    };
    const follow = (run: RunProgress): void => {
      this.run = run;
    };
    this.answer = searches
      .ask(question, { signal: this.#gone.signal, host: slots.host, follow })
      .then((found) => (isRefusal(found) ? found : [...found.uids]));
    this.answer.catch(() => {});
  }

  leave(): void {
    this.#gone.abort(new Error('gone'));
  }
}

/** What has been answered by now. @throws when nothing has */
export async function now<T>(answer: Promise<T> | undefined): Promise<T> {
  const late = atRest().then(() => assert.fail('there is no answer yet'));
  late.catch(() => {});
  return Promise.race([answer ?? late, late]);
}

export const whole = 30_000; // ms: more than a run takes
