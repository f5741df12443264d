import type { FlagRow, FlagsChanged, MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import { type MayFlag, maySet } from '../../../core/values/flags.ts';
import { formatNumberSet, inNumberSet, mergeRanges, type NumberSet, numberSet, sizeOfNumberSet } from '../../../core/values/number-set.ts';
import type { CommandOf, Handler } from '../answer.ts';
import { flagItems, tellFlags } from '../flag-row.ts';
import { mayFlagHere } from '../may-flag.ts';
import { noPermission } from '../reach-mailbox.ts';
import { agreeing, type Selected } from '../state.ts';
import { viewRows } from '../view-rows.ts';

type Store = CommandOf<'STORE'>;

/** STORE and UID STORE (RFC 3501 section 6.4.6), with UNCHANGEDSINCE (RFC 7162 section 3.1.3). */
export const store: Handler<'STORE'> = async (command, before, { mailboxes, out }) => {
  const { uid, silent } = command;
  const state: Selected = command.unchangedSince === undefined ? before : agreeing(before, { condstore: true });
  const msns = state.view.resolve(command.set, uid);
  if (msns === undefined) return { state, reply: 'BAD There is no such message' };
  if (state.readOnly) return { state, reply: 'NO [READ-ONLY] The mailbox is selected read-only' };

  const allowed = within(command, mayFlagHere(state));
  if (allowed === undefined) return { state, reply: noPermission };

  const { changed, refused, missed } = await change(allowed, state, msns, mailboxes);
  if (!silent || state.agreed.condstore) {
    // Silent, a client that knows MODSEQ is told that alone: it needs it for its next conditional STORE.
    await tellFlags(changed, flagItems(state, { uid, flags: !silent }), state, out);
  }
  return { state, reply: finalReply(command, state, refused, missed) };
};

/** As far as the rights go: a STORE fails only when none of it is allowed (RFC 4314 section 4). */
function within(command: Store, may: MayFlag): Store | undefined {
  const { how, flags } = command.change;
  if (may.seen && may.deleted && may.others) return command;
  const isAllowed =
    how === 'replace' ? may.seen || may.deleted || may.others : flags.length === 0 || flags.some((flag) => maySet(may, flag));
  return isAllowed ? { ...command, change: { ...command.change, within: may } } : undefined;
}

interface Outcome {
  /** What the client is to be told of, ascending. */
  readonly changed: readonly FlagRow[];
  readonly refused: NumberSet;
  /** Some of the messages are gone. */
  readonly missed: boolean;
}

async function change(command: Store, state: Selected, msns: NumberSet, mailboxes: MailboxStore): Promise<Outcome> {
  const uids = state.view.uidsOf(msns);
  if (uids.length === 0) return { changed: [], refused: [], missed: false };
  const { changed, refused } = await changeFlags(command, state, uids, mailboxes);
  state.view.expectOwn(changed);
  const done = numberSet(changed.map((row) => row.uid));
  // A conditional STORE tells every message that passed, silent or not (RFC 7162 section 3.1.3).
  const quiet = command.silent && command.unchangedSince === undefined;
  if (quiet || sizeOfNumberSet(mergeRanges([...done, ...refused])) >= sizeOfNumberSet(msns)) {
    return { changed, refused, missed: false };
  }
  // Those whose flags were so already are told too (RFC 3501 section 6.4.6).
  const rows = await viewRows(state, mailboxes, msns);
  const others = rows.filter((row) => !inNumberSet(refused, row.uid));
  return { changed: others, refused, missed: rows.length < sizeOfNumberSet(msns) };
}

/**
 * A silent STORE tells nothing, so that what others changed shortly before would be lost behind it: such messages are changed apart, and
 * not counted as our own, so that they are told like any news.
 */
async function changeFlags(command: Store, { mailbox, view }: Selected, uids: NumberSet, mailboxes: MailboxStore): Promise<FlagsChanged> {
  if (!command.silent || command.unchangedSince !== undefined) {
    return mailboxes.changeFlags(mailbox.id, uids, command.change, command.unchangedSince);
  }
  const { changed, refused } = await mailboxes.changeFlags(mailbox.id, uids, command.change, view.modseq);
  if (refused.length > 0) await mailboxes.changeFlags(mailbox.id, refused, command.change);
  return { changed, refused: [] };
}

/** Some being gone is a NO only to who asked for a condition (RFC 7162 section 3.1.3): clients show it to their users. */
function finalReply({ uid, unchangedSince }: Store, { view }: Selected, refused: NumberSet, missed: boolean): string {
  const name = uid ? 'UID STORE' : 'STORE';
  if (refused.length > 0) {
    const modified = uid ? refused : numberSet([...each(refused)].map((one) => view.msnOf(one as FlagRow['uid'])).filter((msn) => msn > 0));
    const code = `[MODIFIED ${formatNumberSet(modified)}]`;
    return missed && !uid ? `NO ${code} Some of the messages are gone` : `OK ${code} Some messages were changed by others meanwhile`;
  }
  const word = unchangedSince === undefined ? 'OK' : 'NO';
  return missed && !uid ? `${word} [EXPUNGEISSUED] Some of the messages are gone` : `OK ${name} completed`;
}

function* each(set: NumberSet): Generator<number> {
  for (const { from, to } of set) for (let n = from; n <= to; n++) yield n;
}
