import { flagsAllowed, noFlags } from '../../../../core/mailbox/stored-flags.ts';
import type { MayFlag } from '../../../../core/values/flags.ts';
import type { NumberSet } from '../../../../core/values/number-set.ts';
import type { Write } from '../write.ts';
import { countersOf, type PlacedMessage, placeAll } from './append.ts';
import { changeRefs } from './body-rows.ts';
import { removeRows } from './expunge.ts';

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

interface Source {
  readonly uid: number;
  readonly flags: number;
  readonly keywords: string;
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
  return uids.flatMap((range) =>
    write.sql.all<Source>(
      'SELECT uid, flags, keywords, date, body, prefix, size FROM messages WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid',
      from,
      range.from,
      range.to,
    ),
  );
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
