import type { RunProgress } from '../../../core/mailbox/search/shared-run.ts';
import { isRefusal } from '../../../core/values/result.ts';
import { hasKey } from '../../../core/values/search-key.ts';
import type { CommandOf, Handler } from '../answer.ts';
import type { Word } from '../attendance.ts';
import { commandInWords } from '../in-words.ts';
import { refusalReply } from '../refusal-reply.ts';
import { type Found, runSearch } from '../run-search.ts';
import { searchHost } from '../search-host.ts';
import { agreeing, type Selected } from '../state.ts';

/** SEARCH and UID SEARCH (RFC 3501 section 6.4.4); one that asks for MODSEQ is told the highest one found (RFC 7162 section 3.1.5). */
export const search: Handler<'SEARCH'> = async (command, state, ports) => {
  const { tag, uid, criteria } = command;
  let run: RunProgress = notBegun;
  const awaited = { tag, word: () => wordOf(command, state, run) };
  const follow = (followed: RunProgress): void => {
    run = followed;
  };
  const host = searchHost(state.account, ports);
  const found = await ports.attendance.whileAwaited(awaited, ports, (signal) =>
    runSearch(criteria, state, { signal, host, follow }, ports),
  );
  if (isRefusal(found)) return { state, reply: refusalReply(found) };

  const byModseq = hasKey(criteria, 'MODSEQ');
  const numbers = found.map((one) => ` ${uid ? one.uid : one.msn}`).join('');
  await ports.out.line(`* SEARCH${numbers}${byModseq ? highestOf(found) : ''}`);
  return { state: byModseq ? agreeing(state, { condstore: true }) : state, reply: `OK ${uid ? 'UID ' : ''}SEARCH completed` };
};

const notBegun: RunProgress = { begun: false, decided: undefined };

function wordOf(command: CommandOf<'SEARCH'>, state: Selected, { begun, decided }: RunProgress): Word {
  const doing = commandInWords(command, state);
  if (begun) return { doing, text: 'Searching', decided };
  return { doing: `waiting for ${doing}`, text: 'Waiting for other searches to end' };
}

function highestOf(found: readonly Found[]): string {
  if (found.length === 0) return '';
  return ` (MODSEQ ${found.reduce((highest, { modseq }) => (modseq > highest ? modseq : highest), 0n)})`;
}
