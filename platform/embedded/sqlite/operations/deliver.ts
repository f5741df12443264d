import type { SpoolKey } from '../../../../core/delivery/spool-key.ts';
import type { StoredFlags } from '../../../../core/mailbox/stored-flags.ts';
import type { HolderId } from '../../../../core/values/ids.ts';
import type { Write } from '../write.ts';
import { type MailboxCounters, type Placed, placeAll } from './append.ts';
import { changeRefs } from './body-rows.ts';
import { type AddToSpool, addToSpool, type DeferRow, deferRow, ownRow, removeRow } from './spool.ts';

export interface CopyToDeliver extends StoredFlags {
  readonly mailbox: number;
  readonly prefix: string;
  readonly date: number;
  readonly key: string;
}

export interface Deliver {
  readonly key: SpoolKey;
  readonly by: HolderId;
  readonly copies: readonly CopyToDeliver[];
  readonly rest?: Omit<DeferRow, 'key' | 'by' | 'reports'> | undefined;
  readonly reports: readonly AddToSpool[];
  readonly now: number;
}

/** Appends to several mailboxes and ends the row in one transaction: the body only changes hands. */
export function deliver(write: Write, { key, by, copies, rest, reports, now }: Deliver): readonly (Placed | 'gone')[] | 'claim-lost' {
  const row = ownRow(write, key, by);
  if (row === undefined) return 'claim-lost';
  const size = write.sql.get<{ size: number }>('SELECT size FROM bodies WHERE seq = ?', row.body)?.size ?? 0;
  const placed = copies.map((copy): Placed | 'gone' => {
    const counters = write.sql.get<MailboxCounters>('SELECT uid_next, highest_modseq FROM mailboxes WHERE id = ?', copy.mailbox);
    if (counters === undefined) return 'gone';
    const [one] = placeAll(write, copy.mailbox, counters, now, [copy], (fresh) => ({ ...fresh, body: row.body, bodySize: size }));
    return one ?? 'gone';
  });
  if (rest === undefined) {
    removeRow(write, key);
    for (const report of reports) addToSpool(write, report);
  } else deferRow(write, { key, by, ...rest, reports });
  const fresh = placed.filter((one) => one !== 'gone' && one.fresh).length;
  changeRefs(write, row.body, fresh - (rest === undefined ? 1 : 0));
  return placed;
}
