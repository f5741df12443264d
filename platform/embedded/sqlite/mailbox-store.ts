import { parseMailboxName, parseSubscribedName, separator } from '../../../core/mailbox/mailbox-name.ts';
import type { Appended, Copied, FlagsChanged, MailboxStore, NewMessage } from '../../../core/mailbox/mailbox-store.ts';
import { storeFlags } from '../../../core/mailbox/stored-flags.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MayFlag } from '../../../core/values/flags.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { mergeRanges, type NumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import { inSlices } from './in-slices.ts';
import { mailboxReading } from './mailbox-reading.ts';
import { mailboxNumber, mailboxOf } from './mailbox-rows.ts';
import type { MessageToAppend, Placed } from './operations/append.ts';
import type { CopiedUids } from './operations/copy.ts';
import type { Expunged } from './operations/expunge.ts';
import type { ChangedFlags } from './operations/flags.ts';
import type { Reads } from './reads.ts';
import type { StagedBodies } from './staged-bodies.ts';
import type { Writer } from './writer.ts';

export interface MailboxStoreDeps {
  readonly reads: Reads;
  readonly writer: Writer;
  readonly staged: StagedBodies;
  readonly clock: Clock;
}

export function sqliteMailboxStore(deps: MailboxStoreDeps): MailboxStore {
  const reading = mailboxReading(deps.reads);
  return { ...reading, ...naming(deps), ...changing(deps, reading), claimRecent: (mailbox) => claimRecent(deps, reading, mailbox) };
}

function naming({ writer, clock }: MailboxStoreDeps): Pick<MailboxStore, 'create' | 'rename' | 'delete' | 'subscribe' | 'changeRights'> {
  return {
    async create(account, asked, specialUse) {
      // "foo/" announces that names will come below it (RFC 9051 section 6.3.4).
      const name = parseMailboxName(asked.endsWith(separator) ? asked.slice(0, -1) : asked);
      if (name === undefined) return 'bad-name';
      const made = await writer.run('createMailbox', { account, name, now: clock.now(), specialUse });
      return typeof made === 'string' ? made : mailboxOf(made);
    },

    async rename(account, from, to) {
      const [old, name] = [parseMailboxName(from), parseMailboxName(to)];
      if (old === undefined) return 'no-such-mailbox';
      if (name === undefined) return 'bad-name';
      return await writer.run('renameMailbox', { account, from: old, to: name, now: clock.now() });
    },

    async delete(account, asked) {
      const name = parseMailboxName(asked);
      return name === undefined ? 'no-such-mailbox' : await writer.run('deleteMailbox', { account, name });
    },

    async subscribe(account, asked, on) {
      const name = parseSubscribedName(asked);
      return name === undefined ? 'bad-name' : await writer.run('subscribe', { account, name, on });
    },

    async changeRights(account, asked, identifier, change) {
      const name = parseMailboxName(asked);
      return name === undefined ? 'no-such-mailbox' : await writer.run('changeRights', { account, name, identifier, change });
    },
  };
}

function changing(
  { writer, staged, clock }: MailboxStoreDeps,
  reading: Pick<MailboxStore, 'status'>,
): Pick<MailboxStore, 'append' | 'replace' | 'changeFlags' | 'expunge' | 'copy' | 'move'> {
  const copyArgs = (from: MailboxId, uids: NumberSet, to: MailboxId, keepMetadata: boolean, mayFlag: MayFlag | undefined) => ({
    from: mailboxNumber(from),
    uids,
    to: mailboxNumber(to),
    keepMetadata,
    mayFlag,
    now: clock.now(),
  });
  return {
    async append(mailbox, messages) {
      const ids = messages.map(({ body }) => body.id);
      const args = { mailbox: mailboxNumber(mailbox), messages: messages.map((one) => toAppend(one, staged)), now: clock.now() };
      return (await staged.taking(ids, () => writer.run('append', args))).map(appendedOf);
    },

    async replace(from, uid, to, message) {
      const args = { from: mailboxNumber(from), uid, to: mailboxNumber(to), message: toAppend(message, staged), now: clock.now() };
      const placed = await writer.run('replace', args);
      if (placed === undefined) return undefined;
      staged.drop(message.body.id);
      return appendedOf(placed);
    },

    async changeFlags(mailbox, uids, change, unchangedSince) {
      const args = { mailbox: mailboxNumber(mailbox), change, unchangedSince };
      const steps: ChangedFlags[] = [];
      await inSlices(uids, async (part) => {
        const step = await writer.run('changeFlags', { ...args, uids: part });
        steps.push(step);
        return step.next;
      });
      return flagsChanged(steps);
    },

    async expunge(mailbox, uids, whateverFlags = false) {
      const { deleted, highestModseq } = await reading.status(mailbox);
      // Nothing to expunge is the usual case at CLOSE, and then no write is needed.
      if (deleted === 0 && !whateverFlags) return { expunged: [], modseq: highestModseq };
      const steps: Expunged[] = [];
      await inSlices(uids, async (part) => {
        const step = await writer.run('expunge', { mailbox: mailboxNumber(mailbox), uids: part, whateverFlags });
        steps.push(step);
        return step.next;
      });
      return { expunged: mergeRanges(steps.flatMap(({ expunged }) => expunged)), modseq: BigInt(steps.at(-1)?.modseq ?? 0) as Modseq };
    },

    copy: async (from, uids, to, keep, mayFlag) => copiedOf(await writer.run('copy', copyArgs(from, uids, to, keep, mayFlag))),
    move: async (from, uids, to, keep, mayFlag) => copiedOf(await writer.run('move', copyArgs(from, uids, to, keep, mayFlag))),
  };
}

/** Nothing recent is the usual case, and then no write is needed. */
async function claimRecent({ writer }: MailboxStoreDeps, { status }: Pick<MailboxStore, 'status'>, mailbox: MailboxId): Promise<NumberSet> {
  const { recent } = await status(mailbox);
  return recent === 0 ? [] : writer.run('claimRecent', { mailbox: mailboxNumber(mailbox) });
}

const toAppend = ({ body, prefix, flags, internalDate, deliveryKey }: NewMessage, staged: StagedBodies): MessageToAppend => ({
  ...storeFlags(flags),
  body: staged.toTake(body.id),
  prefix,
  date: internalDate,
  key: deliveryKey,
});

export const appendedOf = ({ uid, modseq, fresh }: Placed): Appended => ({ uid: uid as Uid, modseq: BigInt(modseq) as Modseq, fresh });

const copiedOf = ({ from, to }: CopiedUids): Copied => ({ from: from as readonly Uid[], to: to as readonly Uid[] });

const flagsChanged = (steps: readonly ChangedFlags[]): FlagsChanged => ({
  changed: steps.flatMap(({ changed, modseq }) =>
    changed.map(({ uid, flags }) => ({ uid: uid as Uid, flags, modseq: BigInt(modseq) as Modseq })),
  ),
  refused: numberSet(steps.flatMap(({ refused }) => refused)),
});
