import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mergeKey } from '../../core/mailbox/search/merge-key.ts';
import { pairs, type SearchResult } from '../../core/mailbox/search/search-result.ts';
import { settleSets } from '../../core/mailbox/search/settle-sets.ts';
import { type Host, SearchStopped } from '../../core/mailbox/search/shared-run.ts';
import { SharedSearches } from '../../core/mailbox/search/shared-searches.ts';
import type { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import type { AccountId } from '../../core/values/address.ts';
import { type Flag, seen } from '../../core/values/flags.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
import { atRest, VirtualClock } from '../slots/virtual-clock.ts';
import { among, searchKeys } from './arbitrary-keys.ts';
import { LivingMailbox, letter, theMailbox } from './living-mailbox.ts';

const alice = 'alice@example.org' as AccountId;
const work = 'work' as Flag;
const letters = ['apple', 'pear', 'plum'].flatMap((word) => [letter(word, 'nothing'), letter('nothing', word)]);

/** A client with one view of the mailbox and one question at a time. */
class Client {
  readonly view: SelectedMailbox;
  readonly #there: Town;
  #gone = new AbortController();
  isAsking = false;

  constructor(there: Town) {
    this.#there = there;
    this.view = there.mailbox.select();
  }

  async ask(criteria: SearchKey): Promise<void> {
    const { mailbox, searches } = this.#there;
    const asked = mailbox.now;
    const settled = settleSets(criteria, this.view);
    const words = mergeKey(settled, this.view);
    assert.ok(words !== undefined);
    this.#gone = new AbortController();
    this.isAsking = true;
    try {
      const asker = { signal: this.#gone.signal, host: this.#there.host, follow: () => {} };
      const answer = await searches.ask({ account: alice, mailbox: theMailbox, criteria: settled, words }, asker);
      assert.ok(!isRefusal(answer));
      await this.#check(criteria, answer, asked, mailbox.now);
    } catch (error) {
      if (error !== this.#gone.signal.reason) this.#there.faults.push(error);
    }
    this.isAsking = false;
  }

  leave(): void {
    this.#gone.abort(new Error('gone'));
  }

  /** Of each message the answer has to say what was so at some moment between question and answer. */
  async #check(criteria: SearchKey, answer: SearchResult, asked: number, answered: number): Promise<void> {
    const { mailbox } = this.#there;
    const moments = Array.from({ length: answered - asked + 1 }, (_, i) => asked + i);
    const alone = await Promise.all(moments.map((at) => mailbox.alone(criteria, this.view, at)));
    const found = new Map(pairs(answer).map(({ uid, modseq }) => [uid, modseq]));
    for (let msn = 1; msn <= this.view.exists; msn++) {
      const uid = this.view.uidOf(msn);
      const told = found.get(uid);
      assert.ok(
        alone.some((matches) => matches.has(uid) === (told !== undefined)),
        `UID ${uid} is ${told === undefined ? 'left out' : 'told'}, and never ${told === undefined ? 'failed to match' : 'matched'}`,
      );
      const modseqs = moments.map((at) => mailbox.moments[at]?.get(uid)?.modseq);
      assert.ok(told === undefined || modseqs.some((modseq) => modseq === told), `MODSEQ ${told} of UID ${uid}`);
    }
  }
}

/** A mailbox, those who search it, and how much they have to wait. */
class Town {
  readonly mailbox = new LivingMailbox();
  readonly clock = new VirtualClock();
  readonly faults: unknown[] = [];
  readonly searches: SharedSearches;
  readonly #waiting: (() => void)[] = [];
  runs = 0;
  hosted = 0;

  constructor() {
    const log = { event: () => {}, failure: (_: string, error: unknown) => void this.faults.push(error) };
    this.searches = new SharedSearches({ ...this.mailbox.ports(), fewChanges: 3, clock: this.clock, log });
    for (let i = 0; i < 4; i++) this.mailbox.append(letters[i] ?? '');
    this.mailbox.gate = () => new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A slot may have to be waited for. */
  host: Host = async <T>(signal: AbortSignal, search: () => Promise<T>): Promise<T | Refusal> => {
    await this.mailbox.gate();
    signal.throwIfAborted();
    this.runs += 1;
    this.hosted += 1;
    return search().finally(() => {
      this.hosted -= 1;
    });
  };

  /** Lets reads that wait go on, the first so many. */
  async goOn(many: number): Promise<void> {
    for (let i = 0; i < many && this.#waiting.length > 0; i++) {
      this.#waiting.shift()?.();
      await atRest();
    }
  }

  /** What nobody of those who search does. */
  async happens(one: Deed): Promise<void> {
    if (one.do === 'append') this.mailbox.append(letters[one.n % letters.length] ?? '', one.n % 2 ? [seen] : []);
    if (one.do === 'burst') for (const text of letters) this.mailbox.append(text);
    if (one.do === 'flag') this.mailbox.flag(one.n, one.n % 2 ? [seen] : [work]);
    if (one.do === 'expunge') this.mailbox.expunge(one.n);
    if (one.do === 'go-on') await this.goOn(one.n);
    if (one.do === 'later') await this.clock.advance(one.ms);
    await atRest();
  }

  async end(): Promise<void> {
    await this.goOn(10_000);
    await this.clock.advance(200_000);
    await this.goOn(10_000);
  }
}

type Deed =
  | { readonly do: 'append' | 'burst' | 'flag' | 'expunge' | 'go-on'; readonly n: number }
  | { readonly do: 'ask'; readonly client: number; readonly what: number }
  | { readonly do: 'hear' | 'leave' | 'come'; readonly client: number }
  | { readonly do: 'later'; readonly ms: number };

const client = fc.nat(4);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constantFrom('append' as const, 'burst' as const, 'flag' as const, 'expunge' as const), n: fc.nat(20) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('go-on' as const), n: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), client, what: fc.nat(2) }) },
  fc.record({ do: fc.constantFrom('hear' as const, 'leave' as const, 'come' as const), client }),
  fc.record({ do: fc.constant('later' as const), ms: fc.constantFrom(1_000, 59_000, 91_000) }),
);

/** @returns how many searches were asked for, and how many were run */
async function live(criteria: readonly SearchKey[], deeds: readonly Deed[]): Promise<{ readonly asked: number; readonly runs: number }> {
  const town = new Town();
  const clients = Array.from({ length: 5 }, () => new Client(town));
  let asked = 0;
  for (const one of deeds) {
    await town.happens(one);
    const who = 'client' in one ? clients[one.client] : undefined;
    if (one.do === 'leave') who?.leave();
    if (who?.isAsking !== false) continue;
    if (one.do === 'hear') town.mailbox.hear(who.view);
    if (one.do === 'come') clients[one.client] = new Client(town);
    if (one.do === 'ask') {
      asked += 1;
      void who.ask(criteria[one.what] as SearchKey);
    }
    await atRest();
  }
  await town.end();
  assert.deepEqual(town.faults, []);
  assert.ok(
    clients.every(({ isAsking }) => !isAsking),
    'everybody has an answer',
  );
  assert.equal(town.hosted, 0, 'every slot is back');
  assert.equal(town.searches.underWay, 0);
  await town.searches.close();
  return { asked, runs: town.runs };
}

describe('the answer to a search that others ask for too', () => {
  it('is what a search of its own would have found at some moment between question and answer, whatever happens meanwhile', async () => {
    const sum = { asked: 0, runs: 0 };
    await fc.assert(
      fc.asyncProperty(fc.tuple(searchKeys, searchKeys, among), fc.array(deed, { maxLength: 80, size: 'max' }), async (criteria, deeds) => {
        const { asked, runs } = await live(criteria, deeds);
        sum.asked += asked;
        sum.runs += runs;
      }),
      { numRuns: 500 },
    );
    assert.ok(sum.runs < 0.8 * sum.asked, `${sum.asked} questions, ${sum.runs} runs: the histories hardly let anybody join`);
  });

  it('does not come when the process ends, which those who wait are told', async () => {
    const town = new Town();
    const phone = new Client(town);
    void phone.ask({ key: 'TEXT', text: 'apple' });
    await town.goOn(3);
    const closing = town.searches.close();
    await town.goOn(100);
    await closing;
    assert.ok(town.faults[0] instanceof SearchStopped);
    assert.equal(phone.isAsking, false);
  });
});
