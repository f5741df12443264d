import { setImmediate as nextTurn } from 'node:timers/promises';
import { mergeKey, needsMessages } from '../../core/mailbox/search/merge-key.ts';
import { uidsWorthLooking } from '../../core/mailbox/search/narrowing.ts';
import { searchMailbox } from '../../core/mailbox/search/search.ts';
import { pairs } from '../../core/mailbox/search/search-result.ts';
import { settleSets, uidsThatMayMatch } from '../../core/mailbox/search/settle-sets.ts';
import { settleTimes } from '../../core/mailbox/search/settle-times.ts';
import type { Host, RunProgress } from '../../core/mailbox/search/shared-run.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import { namesSaved, type SearchKey } from '../../core/values/search-key.ts';
import type { Uid } from '../../core/values/uid.ts';
import type { ImapPorts } from './answer.ts';
import type { Selected } from './state.ts';
import { viewRows } from './view-rows.ts';

/** A message that matches. */
export interface Found {
  readonly uid: number;
  readonly msn: number;
  readonly modseq: bigint;
}

/** What is looked for, in words that no longer depend on what the session does meanwhile. */
export interface Wanted {
  readonly criteria: SearchKey;
  /** See mergeKey; undefined: this search is nobody else's. */
  readonly words: string | undefined;
}

export interface SearchAsker {
  /** It waits no longer. */
  readonly signal: AbortSignal;
  /** Where the next piece of work runs: each has its own time to wait. */
  host(): Host;
  /** What to look at for how far the search has come. */
  follow(run: RunProgress): void;
}

export interface Watched {
  readonly signal: AbortSignal;
  progress(done: number, of: number): void;
}

/** What is made of the messages found, ascending. Nothing, where they are the answer. */
export type Arrange<T> = (found: readonly Found[], watched: Watched) => Promise<T>;

type Ports = Pick<ImapPorts, 'mailboxes' | 'bodies' | 'textIndex' | 'readAtOnce' | 'searches' | 'settings'>;

/** @param saves what is found is kept as `$`. That and what `$` stands for are the session's own */
export function wantedBy(
  criteria: SearchKey,
  saves: boolean,
  { view }: Selected,
  { settings, clock }: Pick<ImapPorts, 'settings' | 'clock'>,
): Wanted {
  const settled = settleTimes(settleSets(criteria, view), clock.now());
  // What flags and numbers decide is done sooner than shared; and where nothing is, nothing is found.
  const mayMerge =
    settings.get(imapSettings.mergeIdentical) && view.exists > 0 && !saves && !namesSaved(criteria) && needsMessages(settled);
  return { criteria: settled, words: mayMerge ? mergeKey(settled, view) : undefined };
}

/** Searches, or joins somebody who searches for the same; then arranges what was found. The order is always the session's own work. */
export function runSearch<T>(
  { criteria, words }: Wanted,
  state: Selected,
  asker: SearchAsker,
  ports: Ports,
  arrange: Arrange<T> | undefined,
): Promise<T | readonly Found[] | Refusal> {
  return words === undefined ? alone(criteria, state, asker, ports, arrange) : together(criteria, words, state, asker, ports, arrange);
}

async function together<T>(
  criteria: SearchKey,
  words: string,
  state: Selected,
  asker: SearchAsker,
  { searches }: Ports,
  arrange: Arrange<T> | undefined,
): Promise<T | readonly Found[] | Refusal> {
  const { account, mailbox, view } = state;
  const answer = await searches.ask({ account, mailbox: mailbox.id, criteria, words }, { ...asker, host: asker.host() });
  if (isRefusal(answer)) return answer;
  const found = pairs(answer).flatMap((pair) => {
    const msn = view.msnOf(pair.uid as Uid);
    return msn > 0 ? { ...pair, msn } : [];
  });
  return arrange === undefined ? found : asker.host()(asker.signal, () => arrange(found, watchedBy(asker)));
}

function alone<T>(
  criteria: SearchKey,
  state: Selected,
  asker: SearchAsker,
  { mailboxes, bodies, textIndex, readAtOnce }: Ports,
  arrange: Arrange<T> | undefined,
): Promise<T | readonly Found[] | Refusal> {
  const { mailbox, view } = state;
  return asker.host()(asker.signal, async () => {
    const watched = watchedBy(asker);
    const named = view.uidsOf(view.resolve(uidsThatMayMatch(criteria), true) ?? []);
    const uids = await uidsWorthLooking(criteria, named, { mailbox: mailbox.id, mailboxes, textIndex, ...watched });
    const some = await viewRows(state, mailboxes, view.resolve(uids, true) ?? []);
    const rows = some.map((row) => ({ ...row, recent: view.isRecent(row.uid) }));
    const found = await searchMailbox({
      criteria,
      rows,
      mailbox: mailbox.id,
      mailboxes,
      bodies,
      textIndex,
      readAtOnce,
      ...watched,
      giveTurn: () => nextTurn(),
    });
    return arrange === undefined ? found : arrange(found, watched);
  });
}

/** Work of the session's own, that has begun. */
function watchedBy({ signal, follow }: SearchAsker): Watched {
  let decided: RunProgress['decided'];
  follow({
    begun: true,
    get decided() {
      return decided;
    },
  });
  return {
    signal,
    progress: (done, of) => {
      decided = { done, of };
    },
  };
}
