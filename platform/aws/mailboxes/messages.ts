import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type Appended,
  type Copied,
  MailboxGone,
  type MailboxStore,
  type NewMessage,
  TooManyKeywords,
} from '../../../core/mailbox/mailbox-store.ts';
import { BodyMissing } from '../../../core/mailbox/message-bodies.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { BodyId, MailboxId, NewId } from '../../../core/values/ids.ts';
import { mergeRanges, type NumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Uid } from '../../../core/values/uid.ts';
import type { MailBodies } from '../s3/mail-bodies.ts';
import type { ChangeTeller } from '../talk/watchers.ts';
import { appendChange, type MessageToPlace, modseqOf, mostAtOnce } from './appending.ts';
import { BehindAnswers } from './behind-answers.ts';
import { blocksOf } from './block-reading.ts';
import { BodyTaking, type TakenBody } from './body-taking.ts';
import { type CopyDeps, commitPlaced, copy, move } from './copying.ts';
import { type ExpungedSlice, expungeChange, removeExpunged } from './expunging.ts';
import { type FlagsOfSlice, flagChange } from './flag-changing.ts';
import { type Change, GroupCommit } from './group-commit.ts';
import { blocksAtOnce, finishLeaving } from './leaving.ts';
import { inParallel, MailTable } from './mail-table.ts';
import { Overtaken } from './overtaken.ts';
import { holding, placedAtOnce, placeMany } from './placing-many.ts';
import { readRow } from './read-row.ts';
import { type Reading, reading } from './reading.ts';
import { inGroups } from './records.ts';
import { storeFlags } from './stored-flags.ts';
import { Turns } from './turns.ts';
import { TooLarge } from './within-transaction.ts';

/** The half of MailboxStore that knows mailboxes by their ids. */
export type MessageStore = Omit<MailboxStore, 'list' | 'find' | 'create' | 'rename' | 'delete' | 'subscribe'>;

export interface MessagesDeps {
  /** One that repeats by itself what failed: all writes are safe to repeat. */
  readonly client: DynamoDBClient;
  /** The table of mail. */
  readonly table: string;
  readonly bodies: MailBodies;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** @default - nobody is told: watchers find out by themselves */
  readonly teller?: ChangeTeller | undefined;
}

/** A message for a mailbox, whose body was taken over for it. */
export interface OwnedMessage extends Omit<NewMessage, 'body'> {
  readonly body: TakenBody;
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
  const changing: Changing = { ...copying, bodies: deps.bodies, taken: () => new BodyTaking(committing), behind };
  return {
    store: { ...read, ...changes(changing, read) },
    taking: changing.taken,
    appendOwned: (mailbox, messages, taking) => appendOwned(copying, mailbox, messages, taking),
    atRest: () => behind.over(),
  };
}

interface Changing extends CopyDeps {
  readonly bodies: MailBodies;
  readonly taken: () => BodyTaking;
  readonly behind: BehindAnswers;
}

function changes(
  deps: Changing,
  read: Reading,
): Pick<MessageStore, 'append' | 'changeFlags' | 'expunge' | 'copy' | 'move' | 'claimRecent'> {
  const { table, groups, clock, bodies, behind } = deps;
  return {
    append: (mailbox, messages) => append(deps, mailbox, messages),

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
      const remove = (): Promise<void> => behind.removing(slices, (slice) => removeExpunged(table, bodies, mailbox, slice));
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

    copy: (from, uids, to, keepMetadata) => copy(deps, { from, uids, to, keepMetadata }),

    async move(from, uids, to, keepMetadata) {
      if (from === to) return await moveWithin(deps, read, from, uids, keepMetadata);
      const { slice, ...copied } = await move(deps, { from, uids, to, keepMetadata });
      if (slice === undefined) return copied;
      if (slice.isLeaving) await finishLeaving(table, await readRow(table, from), () => clock.now()).catch(() => {}); // the next change does it
      await behind.removing([slice], (one) => removeExpunged(table, bodies, from, one));
      return copied;
    },

    async claimRecent(mailbox) {
      const { recent } = await read.status(mailbox);
      if (recent === 0) return []; // the usual case, and then no write is needed
      return await groups.submit(mailbox, recentChange);
    },
  };
}

const recentChange: Change<NumberSet> = {
  adds: false,
  keys: [],
  along: 0,
  blocks: () => [],
  apply: (draft) => draft.claimRecent(),
};

/** Two steps, and those between see a message twice: nobody moves messages to where they are but by mistake. */
async function moveWithin(deps: Changing, read: Reading, mailbox: MailboxId, uids: NumberSet, keepMetadata: boolean): Promise<Copied> {
  const copied = await copy(deps, { from: mailbox, uids, to: mailbox, keepMetadata });
  await changes(deps, read).expunge(mailbox, numberSet(copied.from), true);
  return copied;
}

/** A part of a change in many steps. Each is one transaction, so that others can write between; one that is too large for it is halved. */
async function inSlices(numbers: readonly number[], step: (numbers: readonly number[]) => Promise<void>): Promise<void> {
  for (const part of inGroups(numbers, blocksAtOnce)) await inHalves(part, step);
}

async function inHalves(part: readonly number[], step: (numbers: readonly number[]) => Promise<void>): Promise<void> {
  try {
    await step(part);
  } catch (error) {
    if (!(error instanceof TooLarge) || part.length === 1) throw error;
    const middle = Math.ceil(part.length / 2);
    await inHalves(part.slice(0, middle), step);
    await inHalves(part.slice(middle), step);
  }
}

async function append(deps: Changing, mailbox: MailboxId, messages: readonly NewMessage[]): Promise<readonly Appended[]> {
  if (messages.length === 0) return [];
  for (let left = mostTries; ; left -= 1) {
    const taking = deps.taken();
    try {
      const taken = await takenBodies(taking, messages);
      const owned = messages.map((message) => ({ ...message, body: taken.get(message.body.id) as TakenBody }));
      const appended = await appendOwned(deps, mailbox, owned, taking);
      await taking.done().catch(() => {}); // the purge does it
      return appended;
    } catch (error) {
      // Of any other fault it is not sure that nothing was appended, or will be.
      if (isRefusal(error)) await taking.undone().catch(() => {});
      if (!(error instanceof Overtaken) || left === 0) throw error;
    }
  }
}

const mostTries = 5;

const isRefusal = (error: unknown): boolean => [BodyMissing, MailboxGone, TooManyKeywords, Overtaken].some((kind) => error instanceof kind);

/** Each body once, however many messages have it. */
async function takenBodies(taking: BodyTaking, messages: readonly NewMessage[]): Promise<ReadonlyMap<BodyId, TakenBody>> {
  const bodies = new Map(messages.map(({ body }) => [body.id, body]));
  const taken = new Map<BodyId, TakenBody>();
  await inParallel([...bodies.values()], async (body) => void taken.set(body.id, await taking.own(body)));
  return taken;
}

/** @throws Overtaken when a body's last owner went meanwhile */
async function appendOwned(
  deps: CopyDeps,
  mailbox: MailboxId,
  messages: readonly OwnedMessage[],
  taking: BodyTaking,
): Promise<readonly Appended[]> {
  const toPlace = messages.map(
    (message): MessageToPlace => ({
      ...storeFlags(message.flags),
      body: message.body,
      owner: deps.newId(),
      prefix: message.prefix,
      internalDate: message.internalDate,
      key: message.deliveryKey,
    }),
  );
  const appended = await (toPlace.length > mostAtOnce ? appendMany(deps, mailbox, toPlace) : appendFew(deps, mailbox, toPlace, taking));
  for (const [i, { fresh }] of appended.entries()) {
    const message = toPlace[i];
    if (fresh && message !== undefined) taking.has(message.body.body, message.owner);
  }
  return appended;
}

async function appendFew(
  deps: CopyDeps,
  mailbox: MailboxId,
  messages: readonly MessageToPlace[],
  taking: BodyTaking,
): Promise<readonly Appended[]> {
  let lost = false;
  const change = appendChange(mailbox, messages, deps.clock.now(), () => {
    lost = true;
  });
  const apply: typeof change.apply = (draft, keyMet) => {
    if (lost || !taking.mayAdd) throw new Overtaken('a body has no owner any more');
    return change.apply(draft, keyMet);
  };
  return await deps.groups.submit(mailbox, { ...change, apply });
}

async function appendMany(deps: CopyDeps, mailbox: MailboxId, messages: readonly MessageToPlace[]): Promise<readonly Appended[]> {
  if (messages.some(({ key }) => key !== undefined)) throw new Error(`at most ${mostAtOnce} messages at once can have delivery keys`);
  return await holding(deps, mailbox, async (held) => {
    async function* groups(): AsyncGenerator<readonly MessageToPlace[]> {
      yield* inGroups(messages, placedAtOnce);
    }
    const placed = await placeMany(deps, held, messages.length, groups());
    await commitPlaced(deps, placed);
    return placed.uids.map((uid) => ({ uid: uid as Uid, modseq: modseqOf(held.modseq), fresh: true }));
  });
}
