import type { FlagRow } from '../../../core/mailbox/mailbox-store.ts';
import { readFlags, storeFlags } from '../../../core/mailbox/stored-flags.ts';
import { applyFlagChange, type FlagChange } from '../../../core/values/flags.ts';
import { inNumberSet, type NumberSet } from '../../../core/values/number-set.ts';
import type { Uid } from '../../../core/values/uid.ts';
import { modseqOf } from './appending.ts';
import type { Draft } from './draft.ts';
import type { FlagEntry } from './flag-block.ts';
import type { Change } from './group-commit.ts';

export interface FlagsOfSlice {
  readonly changed: readonly FlagRow[];
  readonly refused: readonly number[];
}

export interface FlagChanging {
  readonly uids: NumberSet;
  readonly change: FlagChange;
  readonly unchangedSince?: bigint | undefined;
}

/** Flags of the messages in some blocks. One MODSEQ for all that change; what is so already is left alone. */
export const flagChange = (numbers: readonly number[], changing: FlagChanging): Change<FlagsOfSlice> => ({
  adds: false,
  keys: [],
  along: 0,
  grows: changing.change.flags.reduce((sum, flag) => sum + flag.length + 1, 0),
  blocks: () => numbers,
  apply(draft) {
    // All is computed before anything is changed: a message with too many keywords leaves the draft as it was.
    const before = numbers.map((number) => ({ number, entries: draft.entriesOf(number) }));
    const refused = before.flatMap(({ entries }) => entries.filter((entry) => isRefused(entry, changing)).map(({ uid }) => uid));
    const after = before.map(({ number, entries }) => ({
      number,
      entries: entries.map((entry) => changedEntry(entry, changing) ?? entry),
    }));
    const changed = after.flatMap(({ number, entries }, i) => written(draft, number, before[i]?.entries ?? [], entries));
    return { changed, refused };
  },
});

function written(draft: Draft, number: number, before: readonly FlagEntry[], after: readonly FlagEntry[]): readonly FlagRow[] {
  const isNew = (entry: FlagEntry, i: number): boolean => entry !== before[i];
  if (!after.some(isNew)) return [];
  const modseq = draft.modseq();
  const entries = after.map((entry, i) => (isNew(entry, i) ? { ...entry, modseq } : entry));
  draft.replace(number, entries);
  return entries.filter(isNew).map((entry) => ({ uid: entry.uid as Uid, flags: readFlags(entry), modseq: modseqOf(modseq) }));
}

const isRefused = ({ uid, modseq }: FlagEntry, { uids, unchangedSince }: FlagChanging): boolean =>
  unchangedSince !== undefined && modseq > unchangedSince && inNumberSet(uids, uid);

/** @returns undefined when it stays as it is. @throws TooManyKeywords */
function changedEntry(entry: FlagEntry, changing: FlagChanging): FlagEntry | undefined {
  if (!inNumberSet(changing.uids, entry.uid) || isRefused(entry, changing)) return undefined;
  const after = storeFlags(applyFlagChange(readFlags(entry), changing.change));
  return after.flags === entry.flags && after.keywords === entry.keywords ? undefined : { ...entry, ...after };
}
