import type { RunProgress } from '../../core/mailbox/search/shared-run.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { CommandOf, ImapPorts } from './answer.ts';
import type { Word } from './attendance.ts';
import { rightsWhileRunning } from './current-rights.ts';
import { commandInWords } from './in-words.ts';
import type { Responses } from './responses.ts';
import { type Arrange, type Found, runSearch, type Wanted } from './run-search.ts';
import { searchHost } from './search-host.ts';
import type { ImapState, Selected } from './state.ts';
import type { Command } from './wire/command.ts';

type Searching = CommandOf<'SEARCH' | 'SORT' | 'THREAD'>;
type Ports = ImapPorts & { readonly out: Responses };

/** Text of a tagged NO (RFC 9051 section 6.4.4). */
export const badCharset = 'NO [BADCHARSET (US-ASCII UTF-8)] Search texts may be in US-ASCII or UTF-8';

/** One that would have saved what it finds, and is answered NO before it begins, leaves nothing in `$` (RFC 9051 section 6.4.4.1). */
export function savesNothing(command: Command, state: ImapState): void {
  const saves = (command.verb === 'SEARCH' || command.verb === 'SORT') && command.returns?.save === true;
  if (saves && state.at === 'selected') state.view.save([]);
}

/** A search while its client hears how far it is. @returns what was found, ascending, or what `arrange` made of it */
export function searchAttended(command: Searching, wanted: Wanted, state: Selected, ports: Ports): Promise<readonly Found[] | Refusal>;
export function searchAttended<T>(
  command: Searching,
  wanted: Wanted,
  state: Selected,
  ports: Ports,
  arrange: Arrange<T>,
): Promise<T | Refusal>;
export async function searchAttended<T>(
  command: Searching,
  wanted: Wanted,
  state: Selected,
  ports: Ports,
  arrange?: Arrange<T>,
): Promise<T | readonly Found[] | Refusal> {
  let run: RunProgress = notBegun;
  const awaited = { tag: command.tag, word: () => wordOf(command, state, run) };
  const follow = (followed: RunProgress): void => {
    run = followed;
  };
  const host = () => searchHost(state.account, ports);
  const lookAgain = rightsWhileRunning(state, ports);
  const answer = await ports.attendance.whileAwaited(awaited, ports, (signal) =>
    runSearch(wanted, state, { signal, host, follow }, ports, arrange),
  );
  await lookAgain();
  return answer;
}

const notBegun: RunProgress = { begun: false, decided: undefined };

function wordOf(command: Searching, state: Selected, { begun, decided }: RunProgress): Word {
  const doing = commandInWords(command, state);
  if (begun) return { doing, text: 'Searching', decided };
  return { doing: `waiting for ${doing}`, text: 'Waiting for other searches to end' };
}
