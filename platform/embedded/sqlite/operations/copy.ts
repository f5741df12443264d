import { flagsAllowed, noFlags } from '../../../../core/mailbox/stored-flags.ts';
import type { MayFlag } from '../../../../core/values/flags.ts';
import type { NumberSet } from '../../../../core/values/number-set.ts';
import type { FlagEntry } from '../flag-block.ts';
import type { Write } from '../write.ts';
import { countersOf, type PlacedMessage, placeAll } from './append.ts';
import { changeRefs } from './body-rows.ts';
import { removeRows } from './expunge.ts';
import { FlagEntries, flagless } from './flag-blocks.ts';

export interface CopyMessages {
  readonly from: number;
  readonly uids: NumberSet;
  readonly to: number;
  readonly keepMetadata: boolean;
  readonly mayFlag?: MayFlag | undefined;
  readonly now: number;
}

export interface CopiedUids {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

interface Source extends FlagEntry {
  readonly date: number;
  readonly body: number;
  readonly prefix: string;
  readonly size: number;
}

export function copy(write: Write, args: CopyMessages): CopiedUids {
  const sources = sourcesOf(write, args);
  for (const { body } of sources) changeRefs(write, body, 1);
  return place(write, args, sources);
}

/** The bodies only change owner: their counts stay. */
export function move(write: Write, args: CopyMessages): CopiedUids {
  const sources = sourcesOf(write, args);
  const copied = place(write, args, sources);
  if (sources.length > 0) removeRows(write, args.from, sources, countersOf(write, args.from).highest_modseq + 1);
  return copied;
}

function sourcesOf(write: Write, { from, uids }: CopyMessages): readonly Source[] {
  countersOf(write, from);
  const flags = new FlagEntries(write.sql, from);
  return uids.flatMap((range) => {
    const entries = new Map(flags.in(range).map((entry) => [entry.uid, entry]));
    const rows = write.sql.all<Omit<Source, keyof FlagEntry> & Pick<Source, 'uid'>>(
      'SELECT uid, date, body, prefix, size FROM messages WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid',
      from,
      range.from,
      range.to,
    );
    return rows.map((row) => ({ ...(entries.get(row.uid) ?? flagless(from, row.uid)), ...row }));
  });
}

function place(write: Write, { to, keepMetadata, mayFlag, now }: CopyMessages, sources: readonly Source[]): CopiedUids {
  const messages = sources.map((source): PlacedMessage => {
    const { flags, keywords } = !keepMetadata ? noFlags : mayFlag === undefined ? source : flagsAllowed(source, mayFlag);
    const { body, prefix, size } = source;
    return { body, prefix, bodySize: size - prefix.length, flags, keywords, date: keepMetadata ? source.date : now };
  });
  const placed = placeAll(write, to, countersOf(write, to), now, messages, (message) => message);
  return { from: sources.map(({ uid }) => uid), to: placed.map(({ uid }) => uid) };
}
