import type { FlagRow } from '../../../core/mailbox/mailbox-store.ts';
import { seen } from '../../../core/values/flags.ts';
import { inNumberSet, mergeRanges, type NumberSet, numberSet, piecesOf, sizeOfNumberSet } from '../../../core/values/number-set.ts';
import { numbersAt } from '../../../core/values/partial-range.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import type { CommandOf, Handler, ImapPorts } from '../answer.ts';
import { rightsWhileRunning } from '../current-rights.ts';
import { onlyFlags, writeMessage } from '../fetch-response.ts';
import { tellFlags } from '../flag-row.ts';
import { mayFlagHere } from '../may-flag.ts';
import type { Responses } from '../responses.ts';
import { goneEarlier } from '../resync.ts';
import { agreeing, type Selected } from '../state.ts';
import { tellVanished } from '../vanished.ts';
import type { FetchItem } from '../wire/command.ts';

type Fetch = CommandOf<'FETCH'>;
type Ports = Pick<ImapPorts, 'mailboxes' | 'bodies'> & { readonly out: Responses };
interface Telling extends Ports {
  /** Messages with a part whose encoding nobody knows. */
  readonly undecoded: Set<Uid>;
  /** See rightsWhileRunning. */
  readonly lookAgain: () => Promise<void> | undefined;
}

/** FETCH and UID FETCH (RFC 3501 section 6.4.5), with CHANGEDSINCE and VANISHED (RFC 7162 sections 3.1.4.1, 3.2.6) and PARTIAL (RFC 9394 section 3.3). Streams: at most one chunk of a body is in memory. */
export const fetch: Handler<'FETCH'> = async (command, before, ports) => {
  const { uid, set, changedSince } = command;
  if (command.vanished && !before.agreed.qresync) return { state: before, reply: 'BAD QRESYNC has to be enabled first' };
  const aware = changedSince !== undefined || command.items.some(({ item }) => item === 'MODSEQ');
  const state: Selected = aware ? agreeing(before, { condstore: true }) : before;
  const named = state.view.resolve(set, uid);
  if (named === undefined) return { state, reply: 'BAD There is no such message' };
  const all = command.partial === undefined ? named : numbersAt(named, command.partial);
  const items = itemsOf(command, state);
  const completed = `OK ${uid ? 'UID ' : ''}FETCH completed`;
  const changed = changedSince === undefined ? undefined : await changedOnly(command, all, changedSince, state, ports);
  const flagItems = onlyFlags(items);
  if (changed !== undefined && flagItems !== undefined) {
    await tellFlags(changed, flagItems, state, ports.out);
    return { state, reply: completed };
  }
  const msns = changed === undefined ? all : numberSet(changed.map((row) => state.view.msnOf(row.uid)));
  if (msns.length === 0) return { state, reply: completed };

  const reading = setsSeen(items, state);
  const telling: Telling = { ...ports, undecoded: new Set(), lookAgain: rightsWhileRunning(state, ports) };
  let told = 0;
  for (const some of reading ? piecesOf(msns, seenAtOnce) : [msns]) {
    const nowSeen = reading ? await markSeen(some, state, ports) : new Set<Uid>();
    told += await tell(items, some, nowSeen, state, telling);
  }
  if (telling.undecoded.size > 0) return { state, reply: 'NO [UNKNOWN-CTE] A part has an encoding that is not known here' };
  // What is gone is passed over (RFC 5530 section 3); by UID that is what was asked for. A NO, as RFC 2180 has it, clients show to their users.
  const missed = !uid && told < sizeOfNumberSet(msns);
  return { state, reply: missed ? 'OK [EXPUNGEISSUED] Some of the messages are gone' : completed };
};

/** With what is told unasked: UID in UID FETCH (RFC 3501 section 6.4.8), which UIDFETCH begins with; MODSEQ with CHANGEDSINCE. */
function itemsOf({ uid, items, changedSince }: Fetch, { agreed }: Selected): readonly FetchItem[] {
  const has = (name: string): boolean => items.some(({ item }) => item === name);
  return [
    ...(uid && !agreed.uidOnly && !has('UID') ? [{ item: 'UID' } as const] : []),
    ...items,
    ...(changedSince !== undefined && !has('MODSEQ') ? [{ item: 'MODSEQ' } as const] : []),
  ];
}

/** Tells what is gone since, where that is asked for. @returns those that have changed since, as they were then */
async function changedOnly(
  command: Fetch,
  msns: NumberSet,
  since: Modseq,
  state: Selected,
  { mailboxes, out }: Ports,
): Promise<readonly FlagRow[]> {
  const { view, mailbox } = state;
  const delta = await mailboxes.changesSince(mailbox.id, since);
  if (command.vanished) await tellVanished(goneEarlier(delta, uidsNamed(command, view), view), out, true);
  return delta.changed.filter((row) => inNumberSet(msns, view.msnOf(row.uid)));
}

/** The UIDs a set stands for. `*` is the highest one there ever was: what is gone may be above all that are there. */
function uidsNamed({ set }: Fetch, view: Selected['view']): NumberSet {
  const highest = Math.max(1, view.uidNext - 1);
  const number = (one: number | '*'): number => (one === '*' ? highest : one);
  return mergeRanges(
    set.flatMap((range) => {
      // What was saved and is gone is saved no longer.
      if (range === '$') return [];
      const [from, to] = [number(range.from), number(range.to)];
      return { from: Math.min(from, to), to: Math.max(from, to) };
    }),
  );
}

/** Reading a text sets \Seen (RFC 3501 section 6.4.5), unless one may not (RFC 4314 section 4). */
const setsSeen = (items: readonly FetchItem[], state: Selected): boolean =>
  mayFlagHere(state).seen && items.some((item) => (item.item === 'SECTION' || item.item === 'BINARY') && !item.peek);

/** Messages that become \Seen before they are told: when the client goes away in between, not many are that nobody has seen. */
const seenAtOnce = 50;

/** First, so that the flags told are the right ones. @returns UIDs of messages whose flags the client must be told */
async function markSeen(msns: NumberSet, { view, mailbox }: Selected, { mailboxes }: Ports): Promise<ReadonlySet<Uid>> {
  const { changed } = await mailboxes.changeFlags(mailbox.id, view.uidsOf(msns), { how: 'add', flags: [seen] });
  view.expectOwn(changed);
  return new Set(changed.map((row) => row.uid));
}

/** @returns how many messages were told */
async function tell(
  items: readonly FetchItem[],
  msns: NumberSet,
  nowSeen: ReadonlySet<Uid>,
  state: Selected,
  { mailboxes, bodies, out, undecoded, lookAgain }: Telling,
): Promise<number> {
  const flagItems = onlyFlags(items);
  if (flagItems !== undefined) {
    return await tellFlags(await mailboxes.flags(state.mailbox.id, state.view.uidsOf(msns)), flagItems, state, out);
  }
  let told = 0;
  const withFlags = withSeen(items, state);
  for await (const record of mailboxes.messages(state.mailbox.id, state.view.uidsOf(msns))) {
    const msn = state.view.msnOf(record.uid);
    if (msn === 0) continue;
    await lookAgain();
    await writeMessage(nowSeen.has(record.uid) ? withFlags : items, record, msn, state, { bodies, out, undecoded });
    told++;
  }
  return told;
}

/** For messages that this FETCH has made \Seen: FLAGS and, for a client that knows MODSEQ, what RFC 7162 section 3.2.4 adds. */
function withSeen(items: readonly FetchItem[], { agreed }: Selected): readonly FetchItem[] {
  const wanted = agreed.condstore ? (['UID', 'FLAGS', 'MODSEQ'] as const) : (['FLAGS'] as const);
  const missing = wanted.filter((name) => !(name === 'UID' && agreed.uidOnly) && !items.some(({ item }) => item === name));
  return [...missing.map((item) => ({ item })), ...items];
}
