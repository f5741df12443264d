import type { FlagRow, MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import type { Selected } from './state.ts';

export interface ViewRow extends FlagRow {
  readonly msn: number;
}

/**
 * The flags of messages this client knows, as they are now, ascending. Asked of the store each time: kept, they would cost an idle
 * session more than everything else.
 */
export async function viewRows({ mailbox, view }: Selected, mailboxes: MailboxStore, msns: NumberSet): Promise<readonly ViewRow[]> {
  if (msns.length === 0) return [];
  const known: ViewRow[] = [];
  for (const row of await mailboxes.flags(mailbox.id, view.uidsOf(msns))) {
    const msn = view.msnOf(row.uid);
    if (msn > 0) known.push({ uid: row.uid, flags: row.flags, modseq: row.modseq, msn });
  }
  return known;
}
