import type { MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import type { ViewUpdate } from '../../core/mailbox/selected-mailbox.ts';
import { numberSet } from '../../core/values/number-set.ts';
import { mustRead } from './current-rights.ts';
import { flagItems, tellFlags } from './flag-row.ts';
import type { Responses } from './responses.ts';
import type { Selected } from './state.ts';
import { tellVanished } from './vanished.ts';

/**
 * Tells the client what happened in the selected mailbox since it last heard (RFC 3501 section 5.2). Every command ends with this, and
 * IDLE is nothing else.
 * @param mayExpunge false after FETCH, STORE and SEARCH by MSN
 * @returns that expunges were told
 */
export async function poll(state: Selected, mayExpunge: boolean, mailboxes: MailboxStore, out: Responses): Promise<boolean> {
  const { view, mailbox } = state;
  const delta = await mailboxes.changesSince(mailbox.id, view.modseq);
  mustRead(state, delta.acl);
  // Before the view moves on: from there on nothing may fail, or the client would not hear what the view already counts.
  if (delta.uidNext > view.uidNext && !state.readOnly && !state.agreed.rev2) view.addRecent(await mailboxes.claimRecent(mailbox.id));
  const update = view.advance(delta, mayExpunge);
  await tell(update, state, out);
  return update.expunged.length > 0;
}

async function tell({ expunged, vanished, exists, changed }: ViewUpdate, state: Selected, out: Responses): Promise<void> {
  if (state.agreed.qresync || state.agreed.uidOnly) await tellVanished(numberSet(vanished), out);
  else for (const msn of expunged) await out.line(`* ${msn} EXPUNGE`);
  if (exists !== undefined) {
    await out.line(`* ${exists} EXISTS`);
    if (!state.agreed.rev2) await out.line(`* ${state.view.recentCount} RECENT`);
  }
  await tellFlags(changed, flagItems(state), state, out);
}

/** How far the client is. Expunges carry no MODSEQ: one that knows QRESYNC would else have to hear of them again when it comes back. */
export const highestModseq = ({ toldModseq }: Selected['view']): string => `* OK [HIGHESTMODSEQ ${toldModseq}] Highest`;
