import { setImmediate as nextTurn } from 'node:timers/promises';
import { mergeKey, needsMessages } from '../../core/mailbox/search/merge-key.ts';
import { searchMailbox } from '../../core/mailbox/search/search.ts';
import { pairs } from '../../core/mailbox/search/search-result.ts';
import { settleSets, uidsThatMayMatch } from '../../core/mailbox/search/settle-sets.ts';
import type { Host, RunProgress } from '../../core/mailbox/search/shared-run.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
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

export interface SearchAsker {
  /** It waits no longer. */
  readonly signal: AbortSignal;
  readonly host: Host;
  /** What to look at for how far the search has come. */
  follow(run: RunProgress): void;
}

type Ports = Pick<ImapPorts, 'mailboxes' | 'bodies' | 'textIndex' | 'searches' | 'settings'>;

/** Searches, or joins somebody who searches for the same. @returns the messages of this client's view that match, ascending */
export async function runSearch(
  criteria: SearchKey,
  state: Selected,
  asker: SearchAsker,
  ports: Ports,
): Promise<readonly Found[] | Refusal> {
  const settled = settleSets(criteria, state.view);
  // What flags and numbers decide is done sooner than shared.
  const mayMerge = ports.settings.get(imapSettings.mergeIdentical) && needsMessages(settled);
  const words = mayMerge ? mergeKey(settled, state.view) : undefined;
  return words === undefined ? alone(settled, state, asker, ports) : together(settled, words, state, asker, ports);
}

async function together(criteria: SearchKey, words: string, state: Selected, asker: SearchAsker, { searches }: Ports) {
  const { account, mailbox, view } = state;
  const answer = await searches.ask({ account, mailbox: mailbox.id, criteria, words }, asker);
  if (isRefusal(answer)) return answer;
  return pairs(answer).flatMap((pair) => {
    const msn = view.msnOf(pair.uid as Uid);
    return msn > 0 ? { ...pair, msn } : [];
  });
}

function alone(criteria: SearchKey, state: Selected, { signal, host, follow }: SearchAsker, ports: Ports) {
  const { mailboxes, bodies, textIndex } = ports;
  const { mailbox, view } = state;
  return host(signal, async () => {
    let decided: RunProgress['decided'];
    follow({
      begun: true,
      get decided() {
        return decided;
      },
    });
    const some = await viewRows(state, mailboxes, view.resolve(uidsThatMayMatch(criteria), true) ?? []);
    const rows = some.map((row) => ({ ...row, recent: view.isRecent(row.uid) }));
    const progress = (done: number, of: number): void => {
      decided = { done, of };
    };
    return searchMailbox({
      criteria,
      rows,
      mailbox: mailbox.id,
      mailboxes,
      bodies,
      textIndex,
      signal,
      progress,
      giveTurn: () => nextTurn(),
    });
  });
}
