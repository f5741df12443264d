import type { Write } from '../write.ts';
import { append, countersOf, type MessageToAppend, type Placed } from './append.ts';
import { changeRefs } from './body-rows.ts';
import { removable, removeRows } from './expunge.ts';
import { FlagEntries } from './flag-blocks.ts';

export interface Replace {
  readonly from: number;
  readonly uid: number;
  readonly to: number;
  readonly message: MessageToAppend;
  readonly now: number;
}

/** One message comes and another goes. @returns undefined, nothing done, when that one is gone already */
export function replace(write: Write, { from, uid, to, message, now }: Replace): Placed | undefined {
  countersOf(write, from);
  countersOf(write, to);
  const [old] = removable(write.sql, from, new FlagEntries(write.sql, from).in({ from: uid, to: uid }));
  if (old === undefined) return undefined;
  const [placed] = append(write, { mailbox: to, messages: [message], now });
  changeRefs(write, old.body, -1);
  removeRows(write, from, [old], countersOf(write, from).highest_modseq + 1);
  return placed;
}
