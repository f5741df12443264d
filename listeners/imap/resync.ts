import { lastMatch } from '../../core/mailbox/last-match.ts';
import type { FlagRow, Mailbox, MailboxDelta, MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import type { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import { inBoth, inNumberSet, type NumberSet } from '../../core/values/number-set.ts';
import { maxUid } from '../../core/values/uid.ts';
import { flagItems, tellFlags } from './flag-row.ts';
import type { Responses } from './responses.ts';
import type { Selected } from './state.ts';
import { tellVanished } from './vanished.ts';
import type { Resync } from './wire/command.ts';

/** What a client that comes back is to be told. */
export interface Missed {
  /** UIDs, none of which is a message of the view. */
  readonly vanished: NumberSet;
  /** Ascending. Some may be newer than the view: those are passed over, or told again with the next news. */
  readonly changed: readonly FlagRow[];
}

const nothing: Missed = { vanished: [], changed: [] };

/**
 * What happened since the client was here (RFC 7162 section 3.2.5.1). With another UIDVALIDITY it has to start anew, and finds so out by
 * the one it is told. Read apart from the view: what is newer than the view comes again with the next news.
 * @throws MailboxGone
 */
export async function missedBy(known: Resync, mailbox: Mailbox, view: SelectedMailbox, mailboxes: MailboxStore): Promise<Missed> {
  if (known.uidValidity !== mailbox.uidValidity) return nothing;
  const delta = await mailboxes.changesSince(mailbox.id, known.modseq);
  const wanted = known.uids ?? everyUid;
  const changed = delta.changed.filter(({ uid }) => inNumberSet(wanted, uid));
  const unknown = known.matches === undefined ? everyUid : [{ from: lastMatch(known.matches, view) + 1, to: maxUid }];
  return { changed, vanished: goneEarlier(delta, inBoth(wanted, unknown), view) };
}

const everyUid: NumberSet = [{ from: 1, to: maxUid }];

/** What is gone and still has a number in this view is left out: VANISHED without EARLIER tells it, which takes the number away. */
export const goneEarlier = ({ vanished }: MailboxDelta, wanted: NumberSet, view: SelectedMailbox): NumberSet =>
  view.notHere(inBoth(vanished, wanted));

/** VANISHED comes before any FETCH (RFC 7162 section 3.2.6). */
export async function tellMissed({ vanished, changed }: Missed, state: Selected, out: Responses): Promise<void> {
  await tellVanished(vanished, out, true);
  await tellFlags(changed, flagItems(state), state, out);
}
