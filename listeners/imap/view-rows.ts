import type { FlagRow, MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import { inNumberSet, type NumberSet } from '../../core/values/number-set.ts';
import type { Selected } from './state.ts';

export interface ViewRow extends FlagRow {
  readonly msn: number;
}

/**
 * The flags of the messages this client knows, as they are now, ascending. Asked of the store each time: kept, they would cost an idle
 * session more than everything else.
 * @param msns @default all
 */
export async function viewRows({ mailbox, view }: Selected, mailboxes: MailboxStore, msns?: NumberSet): Promise<readonly ViewRow[]> {
  const { rows } = await mailboxes.snapshot(mailbox.id);
  const known: ViewRow[] = [];
  for (const row of rows) {
    const msn = view.msnOf(row.uid);
    if (msn > 0 && (msns === undefined || inNumberSet(msns, msn))) known.push({ uid: row.uid, flags: row.flags, modseq: row.modseq, msn });
  }
  return known;
}
