import type { MailboxId } from '../../values/ids.ts';
import { inNumberSet } from '../../values/number-set.ts';
import type { SearchKey } from '../../values/search-key.ts';
import type { Modseq } from '../../values/uid.ts';
import type { FlagRow, MailboxStore } from '../mailbox-store.ts';
import type { MessageBodies } from '../message-bodies.ts';
import type { SearchRow } from './evidence.ts';
import { uidsWorthLooking } from './narrowing.ts';
import { type Search, searchMailbox } from './search.ts';
import { uidsThatMayMatch } from './settle-sets.ts';
import type { TextIndex } from './text-index.ts';

/** What of a mailbox matches, for every client alike. Twelve octets a message, since results are kept. */
export interface SearchResult {
  /** Ascending. */
  readonly uids: Uint32Array;
  /** Of each, at the same place. */
  readonly modseqs: BigUint64Array;
  /** All that happened up to this MODSEQ is in it, and all that is not in it has a higher one. */
  readonly upTo: Modseq;
  /** How many messages were looked at. */
  readonly looked: number;
}

/** What is looked for, where. */
export interface Sought {
  readonly mailbox: MailboxId;
  /** Settled, and without keys that mean another thing in another session. */
  readonly criteria: SearchKey;
}

export interface SearchPorts {
  readonly mailboxes: Pick<MailboxStore, 'status' | 'flags' | 'changesSince' | 'messages' | 'envelopesWith'>;
  readonly bodies: MessageBodies;
  /** @default - every message whose texts matter is read */
  readonly textIndex?: TextIndex | undefined;
  /** See Search. @default 1 */
  readonly readAtOnce?: number | undefined;
  readonly giveTurn: () => Promise<void>;
  /** Up to so many changes are always judged apart. @default 1000 */
  readonly fewChanges?: number;
}

export type Watching = Pick<Search, 'progress'> & { readonly signal: AbortSignal };

/** Judges every message of the mailbox. @throws MailboxGone, the signal's reason */
export async function searchWhole({ mailbox, criteria }: Sought, ports: SearchPorts, watching: Watching): Promise<SearchResult> {
  // Before the rows: what changes in between has a higher MODSEQ, and is judged again when somebody asks for what came later.
  const { highestModseq } = await ports.mailboxes.status(mailbox);
  const uids = await uidsWorthLooking(criteria, uidsThatMayMatch(criteria), { mailbox, ...ports, ...watching });
  const rows = await ports.mailboxes.flags(mailbox, uids);
  const found = await searchMailbox({ criteria, mailbox, rows: rows.map(searchRow), ...ports, ...watching });
  return { ...columns(found), upTo: highestModseq, looked: rows.length };
}

/**
 * Judges apart what has changed since, which is less work than to begin anew; unless it is more than a tenth of what was looked at.
 * @throws MailboxGone, the signal's reason
 */
export async function broughtUpToDate(
  result: SearchResult,
  { mailbox, criteria }: Sought,
  ports: SearchPorts,
  watching: Watching,
): Promise<SearchResult | 'stale'> {
  const { changed, vanished, highestModseq } = await ports.mailboxes.changesSince(mailbox, result.upTo);
  if (highestModseq <= result.upTo) return result;
  const among = uidsThatMayMatch(criteria);
  const rows = changed.filter(({ uid }) => inNumberSet(among, uid));
  if (rows.length > Math.max(ports.fewChanges ?? 1_000, result.looked / 10)) return 'stale';

  const found = await searchMailbox({ criteria, mailbox, rows: rows.map(searchRow), ...ports, ...watching });
  const again = new Set(rows.map(({ uid }) => uid as number));
  const kept = pairs(result).filter(({ uid }) => !again.has(uid) && !inNumberSet(vanished, uid));
  const all = [...kept, ...found].sort((a, b) => a.uid - b.uid);
  return { ...columns(all), upTo: highestModseq, looked: result.looked + rows.length };
}

/** Nothing of one session is asked for, so its numbers are not needed. */
const searchRow = (row: FlagRow, i: number): SearchRow => ({ ...row, msn: i + 1, recent: false });

type Pair = { readonly uid: number; readonly modseq: bigint };

const columns = (all: readonly Pair[]): Pick<SearchResult, 'uids' | 'modseqs'> => ({
  uids: Uint32Array.from(all, ({ uid }) => uid),
  modseqs: BigUint64Array.from(all, ({ modseq }) => modseq),
});

export const pairs = ({ uids, modseqs }: SearchResult): readonly Pair[] =>
  Array.from(uids, (uid, i) => ({ uid, modseq: modseqs[i] as bigint }));
