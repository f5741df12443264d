import type { FlagRow, MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';
import { type NumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import { numbersIn } from './actor.ts';
import type { Fault } from './fault.ts';

const butLast = (set: NumberSet): NumberSet => numberSet(numbersIn(set).slice(0, -1));

/** A store that gives one MODSEQ to two changes. */
const shared = (modseq: Modseq): Modseq => (modseq + (modseq & 1n)) as Modseq;
const sharing = (row: FlagRow): FlagRow => ({ ...row, modseq: shared(row.modseq) });
const sharingStatus = (status: MailboxStatus): MailboxStatus => ({ ...status, highestModseq: shared(status.highestModseq) });

/** A store that commits 2 before 1, 4 before 3. */
const swapped = <N extends number>(uid: N): N => (uid % 2 === 1 ? uid + 1 : uid - 1) as N;
const swappedSet = (set: NumberSet): NumberSet => numberSet(numbersIn(set.map(({ from, to }) => ({ from, to: Math.min(to, 1_000) }))).map(swapped)); // biome-ignore format: one thought
const swappedRows = <R extends FlagRow>(rows: readonly R[]): readonly R[] =>
  rows.map((row) => ({ ...row, uid: swapped(row.uid) })).sort((a, b) => a.uid - b.uid);
const beyond = (uidNext: Uid): Uid => (uidNext + 2) as Uid;

/** Wrong answers of a store. */
export const storeFaults: readonly Fault[] = [
  {
    what: 'an expunge is lost among the changes',
    store: (real) => ({
      changesSince: async (...asked) => {
        const delta = await real.changesSince(...asked);
        return { ...delta, vanished: butLast(delta.vanished) };
      },
    }),
  },
  {
    what: 'the history of expunges is forgotten after a few changes',
    store: (real) => ({
      changesSince: async (mailbox, since) => {
        const delta = await real.changesSince(mailbox, since);
        return delta.highestModseq - since > 4n ? { ...delta, vanished: [] } : delta;
      },
    }),
  },
  {
    what: 'a changed message is missing among the changes',
    store: (real) => ({
      changesSince: async (...asked) => {
        const delta = await real.changesSince(...asked);
        return { ...delta, changed: delta.changed.slice(1) };
      },
    }),
  },
  {
    what: 'changes of others are seen late',
    store: (real) => {
      let isLate = false;
      return {
        changesSince: async (mailbox, since) => {
          const delta = await real.changesSince(mailbox, since);
          isLate = !isLate;
          return isLate ? { changed: [], vanished: [], highestModseq: since, uidNext: 1 as Uid } : delta;
        },
      };
    },
  },
  {
    what: 'a MODSEQ is given to two changes',
    store: (real) => ({
      snapshot: async (mailbox) => {
        const { rows, status } = await real.snapshot(mailbox);
        return { rows: rows.map(sharing), status: sharingStatus(status) };
      },
      contents: async (mailbox) => {
        const { status, ...found } = await real.contents(mailbox);
        return { ...found, status: sharingStatus(status) };
      },
      status: async (mailbox) => sharingStatus(await real.status(mailbox)),
      flags: async (...asked) => (await real.flags(...asked)).map(sharing),
      changesSince: async (...asked) => {
        const delta = await real.changesSince(...asked);
        return { ...delta, changed: delta.changed.map(sharing), highestModseq: shared(delta.highestModseq) };
      },
      changeFlags: async (...asked) => {
        const { changed, refused } = await real.changeFlags(...asked);
        return { changed: changed.map(sharing), refused };
      },
    }),
  },
  {
    what: 'the MODSEQ of a message goes back when its last flag is taken',
    store: (real) => ({
      snapshot: async (mailbox) => {
        const { rows, status } = await real.snapshot(mailbox);
        return { rows: rows.map((row) => (row.flags.length === 0 ? { ...row, modseq: 1n as Modseq } : row)), status };
      },
    }),
  },
  {
    what: 'UIDs are given out of order',
    store: (real) => ({
      snapshot: async (mailbox) => {
        const { rows, status } = await real.snapshot(mailbox);
        return { rows: swappedRows(rows), status: { ...status, uidNext: beyond(status.uidNext) } };
      },
      contents: async (mailbox) => {
        const { uids, status, ...found } = await real.contents(mailbox);
        return { ...found, uids: uids.map(swapped).sort(), status: { ...status, uidNext: beyond(status.uidNext) } };
      },
      append: async (...asked) => (await real.append(...asked)).map((one) => ({ ...one, uid: swapped(one.uid) })),
      flags: async (mailbox, uids) => swappedRows(await real.flags(mailbox, swappedSet(uids))),
      changesSince: async (...asked) => {
        const { changed, vanished, ...rest } = await real.changesSince(...asked);
        return { ...rest, changed: swappedRows(changed), vanished: swappedSet(vanished), uidNext: beyond(rest.uidNext) };
      },
      changeFlags: async (mailbox, uids, ...how) => {
        const { changed, refused } = await real.changeFlags(mailbox, swappedSet(uids), ...how);
        return { changed: swappedRows(changed), refused: swappedSet(refused) };
      },
      expunge: async (mailbox, uids, ...how) => {
        const { expunged, modseq } = await real.expunge(mailbox, swappedSet(uids), ...how);
        return { expunged: swappedSet(expunged), modseq };
      },
      async *messages(mailbox, uids) {
        for await (const record of real.messages(mailbox, swappedSet(uids))) yield { ...record, uid: swapped(record.uid) };
      },
    }),
  },
  {
    what: 'a message is appended twice',
    store: (real) => ({ append: (mailbox, messages) => real.append(mailbox, [...messages, ...messages]) }),
  },
  {
    what: 'a message that was appended is not kept',
    store: (real) => ({
      append: async (mailbox, messages) => {
        const appended = await real.append(mailbox, messages);
        for (const { uid } of appended) if (uid % 3 === 0) await real.expunge(mailbox, [{ from: uid, to: uid }], true);
        return appended;
      },
    }),
  },
  {
    what: 'messages that were moved stay where they were',
    store: (real) => ({ move: (...asked) => real.copy(...asked) }),
  },
  {
    what: 'the last message that was moved arrives nowhere',
    store: (real) => ({
      move: async (from, uids, to, keep) => {
        const moved = await real.move(from, uids, to, keep);
        const last = moved.to.at(-1) ?? 0;
        await real.expunge(to, [{ from: last, to: last }], true);
        return moved;
      },
    }),
  },
  {
    what: 'a message that was replaced is still there',
    store: (real) => ({ replace: async (_from, _uid, to, message) => (await real.append(to, [message]))[0] }),
  },
  {
    what: 'copies have no flags',
    store: (real) => ({ copy: (from, uids, to) => real.copy(from, uids, to, false) }),
  },
  {
    what: 'EXPUNGE takes messages that are not deleted',
    store: (real) => ({ expunge: (mailbox, uids) => real.expunge(mailbox, uids, true) }),
  },
  {
    what: 'UID EXPUNGE takes messages that were not named',
    store: (real) => ({ expunge: (mailbox, _uids, whatever) => real.expunge(mailbox, [{ from: 1, to: 0xffff_ffff }], whatever) }),
  },
  {
    what: 'STORE passes over the last message',
    store: (real) => ({ changeFlags: (mailbox, uids, ...how) => real.changeFlags(mailbox, butLast(uids), ...how) }),
  },
  {
    what: 'STORE does not mind UNCHANGEDSINCE',
    store: (real) => ({ changeFlags: (mailbox, uids, change) => real.changeFlags(mailbox, uids, change) }),
  },
  {
    what: 'STATUS counts an expunged message',
    store: (real) => ({
      status: async (mailbox) => {
        const status = await real.status(mailbox);
        return { ...status, messages: status.uidNext - 1 };
      },
    }),
  },
  {
    what: 'a body that is read does not become seen',
    store: (real) => ({
      changeFlags: async (mailbox, uids, change, since) =>
        change.flags.join() === '\\Seen' && change.how === 'add'
          ? { changed: [], refused: [] }
          : real.changeFlags(mailbox, uids, change, since),
    }),
  },
];
