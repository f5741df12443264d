import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Appended, Copied, MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId, NewId } from '../../../core/values/ids.ts';
import { mergeRanges, type NumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { MailBodies } from '../s3/mail-bodies.ts';
import type { ChangeTeller } from '../talk/watchers.ts';
import { type AppendDeps, append, appendOwned, type OwnedMessage } from './append-messages.ts';
import { modseqOf } from './appending.ts';
import { BehindAnswers } from './behind-answers.ts';
import { blocksOf } from './block-reading.ts';
import { BodyTaking } from './body-taking.ts';
import { type CopyDeps, type Copying, copy, move } from './copying.ts';
import { type ExpungedSlice, expungeChange, removeExpunged } from './expunging.ts';
import { type FlagsOfSlice, flagChange } from './flag-changing.ts';
import { type Change, GroupCommit } from './group-commit.ts';
import { inSlices } from './in-slices.ts';
import { finishLeaving } from './leaving.ts';
import { MailTable } from './mail-table.ts';
import { readRow } from './read-row.ts';
import { type Reading, reading } from './reading.ts';
import { replace } from './replacing.ts';
import { Turns } from './turns.ts';

/** The half of MailboxStore that knows mailboxes by their ids. */
export type MessageStore = Omit<
  MailboxStore,
  'list' | 'find' | 'create' | 'rename' | 'delete' | 'subscribe' | 'changeRights' | 'acl' | 'sharers'
>;

export interface MessagesDeps {
  /** One that repeats by itself what failed: all writes are safe to repeat. */
  readonly client: DynamoDBClient;
  /** The table of mail. */
  readonly table: string;
  readonly bodies: MailBodies;
  readonly clock: Clock;
  readonly newId: NewId;
  /** @default - nobody is told: watchers find out by themselves */
  readonly teller?: ChangeTeller | undefined;
}

export interface Messages {
  readonly store: MessageStore;
  /** For whoever gives one body to several mailboxes. */
  taking(): BodyTaking;
  /** @param taking of whose bodies the messages are */
  appendOwned(mailbox: MailboxId, messages: readonly OwnedMessage[], taking: BodyTaking): Promise<readonly Appended[]>;
  /** Resolves when what goes on behind answers is over. */
  atRest(): Promise<void>;
}

export function openMessages(deps: MessagesDeps): Messages {
  const table = new MailTable(deps.client, deps.table);
  const committing = { ...deps, table };
  const turns = new Turns();
  const copying: CopyDeps = { ...committing, turns, groups: new GroupCommit(committing, turns) };
  const behind = new BehindAnswers();
  const read = reading(table, deps.bodies);
  const changing: Changing = { ...copying, taken: () => new BodyTaking(committing), behind };
  return {
    store: { ...read, ...changes(changing, read) },
    taking: changing.taken,
    appendOwned: (mailbox, messages, taking) => appendOwned(copying, mailbox, messages, taking),
    atRest: () => behind.over(),
  };
}

interface Changing extends AppendDeps {
  readonly behind: BehindAnswers;
}

function changes(
  deps: Changing,
  read: Reading,
): Pick<MessageStore, 'append' | 'replace' | 'changeFlags' | 'expunge' | 'copy' | 'move' | 'claimRecent'> {
  const { table, groups, clock, bodies, behind } = deps;
  return {
    append: (mailbox, messages) => append(deps, mailbox, messages),

    async replace(from, uid, to, message) {
      const replaced = await replace(deps, { from, uid, to }, message);
      if (replaced === undefined) return undefined;
      await behind.removing([replaced.slice], (slice) => removeExpunged(table, bodies, from, slice, clock.now()));
      return replaced.appended;
    },

    async changeFlags(mailbox, uids, change, unchangedSince) {
      const row = await readRow(table, mailbox);
      const steps: FlagsOfSlice[] = [];
      const changing = { uids, change, unchangedSince };
      await inSlices(blocksOf(row, uids), async (numbers) => void steps.push(await groups.submit(mailbox, flagChange(numbers, changing))));
      return { changed: steps.flatMap(({ changed }) => changed), refused: numberSet(steps.flatMap(({ refused }) => refused)) };
    },

    async expunge(mailbox, uids, whateverFlags = false) {
      const row = await readRow(table, mailbox);
      // Nothing to expunge is the usual case at CLOSE, and then no write is needed.
      if (row.deleted === 0 && !whateverFlags) return { expunged: [], modseq: modseqOf(row.highestModseq) };
      const slices: ExpungedSlice[] = [];
      const remove = (): Promise<void> => behind.removing(slices, (slice) => removeExpunged(table, bodies, mailbox, slice, clock.now()));
      try {
        await inSlices(blocksOf(row, uids), async (numbers) => {
          const slice = await groups.submit(mailbox, expungeChange(mailbox, numbers, uids, whateverFlags, clock.now()));
          if (slice.gone.length > 0) slices.push(slice);
        });
      } finally {
        await remove();
      }
      return { expunged: mergeRanges(slices.flatMap(({ gone }) => gone)), modseq: modseqOf(slices.at(-1)?.modseq ?? row.highestModseq) };
    },

    copy: (from, uids, to, keepMetadata, mayFlag) => copy(deps, { from, uids, to, keepMetadata, mayFlag }),

    async move(from, uids, to, keepMetadata, mayFlag) {
      const moving = { from, uids, to, keepMetadata, mayFlag };
      if (from === to) return await moveWithin(deps, read, moving);
      const { slice, ...copied } = await move(deps, moving);
      if (slice?.isLeaving === true) await leave(deps, from).catch(() => {}); // the next change does it
      if (slice !== undefined) await behind.removing([slice], (one) => removeExpunged(table, bodies, from, one, clock.now()));
      return copied;
    },

    async claimRecent(mailbox) {
      const { recent } = await read.status(mailbox);
      if (recent === 0) return []; // the usual case, and then no write is needed
      return await groups.submit(mailbox, recentChange);
    },
  };
}

const leave = async ({ table, clock }: Changing, mailbox: MailboxId): Promise<void> =>
  await finishLeaving(table, await readRow(table, mailbox), () => clock.now());

const recentChange: Change<NumberSet> = {
  adds: false,
  keys: [],
  along: 0,
  blocks: () => [],
  apply: (draft) => draft.claimRecent(),
};

/** Two steps, and those between see a message twice: nobody moves messages to where they are but by mistake. */
async function moveWithin(deps: Changing, read: Reading, moving: Copying): Promise<Copied> {
  const copied = await copy(deps, moving);
  await changes(deps, read).expunge(moving.from, numberSet(copied.from), true);
  return copied;
}
