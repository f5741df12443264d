import type { FlagRow, MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import type { ViewUpdate } from '../../core/mailbox/selected-mailbox.ts';
import { numberSet } from '../../core/values/number-set.ts';
import { mustRead } from './current-rights.ts';
import { onlyFlags, writeMessage } from './fetch-response.ts';
import { flagItems, tellFlags } from './flag-row.ts';
import type { Responses } from './responses.ts';
import type { Selected } from './state.ts';
import { tellVanished } from './vanished.ts';
import type { FetchItem } from './wire/command.ts';

/** How a client that has said what it wants to hear of is told (RFC 5465). */
export interface Noticing {
  /** Of flags that others change. */
  readonly flags: boolean;
  /** What is told of new messages. */
  readonly items: readonly FetchItem[];
  /** UIDs that the client has made itself: of these it is told no more than that they are there. */
  readonly own: ReadonlySet<number>;
  readonly bodies: Pick<MessageBodies, 'read'>;
}

/**
 * Tells the client what happened in the selected mailbox since it last heard (RFC 3501 section 5.2). Every command ends with this, and
 * IDLE is nothing else.
 * @param mayExpunge false after FETCH, STORE and SEARCH by MSN
 * @param noticing @default - it has not said what it wants to hear of
 * @returns that expunges were told
 */
export async function poll(
  state: Selected,
  mayExpunge: boolean,
  mailboxes: MailboxStore,
  out: Responses,
  noticing?: Noticing,
): Promise<boolean> {
  const { view, mailbox } = state;
  const tellsFlags = noticing?.flags ?? true;
  const delta = await mailboxes.changesSince(mailbox.id, view.since(tellsFlags));
  mustRead(state, delta.acl);
  // Before the view moves on: from there on nothing may fail, or the client would not hear what the view already counts.
  if (delta.uidNext > view.uidNext && !state.readOnly && !state.agreed.rev2) view.addRecent(await mailboxes.claimRecent(mailbox.id));
  const update = view.advance(delta, mayExpunge, tellsFlags);
  await tell(update, state, out, noticing !== undefined);
  if (noticing !== undefined && update.arrived !== undefined) await tellArrived(update.arrived, noticing, state, mailboxes, out);
  return update.expunged.length > 0;
}

async function tell({ expunged, vanished, exists, changed }: ViewUpdate, state: Selected, out: Responses, uid: boolean): Promise<void> {
  if (state.agreed.qresync || state.agreed.uidOnly) await tellVanished(numberSet(vanished), out);
  else for (const msn of expunged) await out.line(`* ${msn} EXPUNGE`);
  if (exists !== undefined) {
    await out.line(`* ${exists} EXISTS`);
    if (!state.agreed.rev2) await out.line(`* ${state.view.recentCount} RECENT`);
  }
  await tellFlags(changed, flagItems(state, { uid }), state, out);
}

/** What the client wants of new messages (RFC 5465 section 5.2), with what RFC 7162 section 3.2.4 adds for one that knows MODSEQ. Nothing becomes \Seen by it. */
async function tellArrived(
  rows: readonly FlagRow[],
  { items, own, bodies }: Noticing,
  state: Selected,
  mailboxes: MailboxStore,
  out: Responses,
): Promise<void> {
  const { view, mailbox, agreed } = state;
  const others = rows.filter(({ uid }) => !own.has(uid));
  if (items.length === 0 || others.length === 0) return;
  const owed = agreed.condstore ? (['UID', 'MODSEQ'] as const) : [];
  const missing = owed.filter((name) => !(name === 'UID' && agreed.uidOnly) && !items.some(({ item }) => item === name));
  const wanted = [...missing.map((item) => ({ item })), ...items];
  const ofFlags = onlyFlags(wanted);
  if (ofFlags !== undefined) {
    await tellFlags(others, ofFlags, state, out);
    return;
  }
  for await (const record of mailboxes.messages(mailbox.id, numberSet(others.map(({ uid }) => uid)))) {
    const msn = view.msnOf(record.uid);
    if (msn > 0) await writeMessage(wanted, record, msn, state, { bodies, out, undecoded: new Set() });
  }
}

/** How far the client is. Expunges carry no MODSEQ: one that knows QRESYNC would else have to hear of them again when it comes back. */
export const highestModseq = ({ toldModseq }: Selected['view']): string => `* OK [HIGHESTMODSEQ ${toldModseq}] Highest`;
