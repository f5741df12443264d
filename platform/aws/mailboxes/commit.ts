import { randomBytes, randomUUID } from 'node:crypto';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { ChangeTeller } from '../talk/watchers.ts';
import type { AlongWrite, Draft } from './draft.ts';
import { finishLeaving } from './leaving.ts';
import { clearLeftover } from './leftovers.ts';
import { type MailTable, rest, type Written } from './mail-table.ts';
import { type MailboxRow, watchersOf } from './mailbox-row.ts';
import { placeOf, recordKey } from './message-record.ts';
import type { BodyRemover } from './ownership.ts';
import { readRow } from './read-row.ts';

export interface CommitDeps {
  readonly table: MailTable;
  readonly bodies: BodyRemover;
  readonly clock: Clock;
  readonly teller?: ChangeTeller | undefined;
}

/** What is to be done to one mailbox or two; `wait`: another has the right to it for some time. Called again from the start when others were faster: it may keep nothing from one try to the next. */
export type Plan<T> = (rows: readonly MailboxRow[]) => Promise<Planned<T> | 'wait'>;

export interface Planned<T> {
  readonly drafts: readonly Draft[];
  readonly answer: T;
}

/** Tries in all. Of all who try at once one gets through each time, and in a process they stand in line. */
const mostTries = 60;
/** Tries of which nobody knows what became. */
const mostUnsure = 4;
const firstPause = 10; // ms, doubled each time
const longestPause = 400; // ms
/** ms that a change waits at most for another that has the right to the next UIDs; that one's right ends before, unless it is at work. */
const longestWait = 120_000;

/** DynamoDB takes so many writes in one transaction. */
export const mostWrites = 100;

/** A try that may be done. */
interface Unsure<T> {
  readonly op: string;
  readonly sent: Sent;
  readonly rows: readonly MailboxRow[];
  readonly answer: T;
  readonly error: unknown;
}

/**
 * Reads the rows, plans on them, and writes all that was planned in one transaction, on condition that the rows and blocks are still as they were
 * read; again until nobody was faster. A try without an answer is looked for in the row's history before the next, and counts once all of it is there.
 * @throws MailboxGone, and what the plan throws
 */
export async function commit<T>(deps: CommitDeps, mailboxes: readonly MailboxId[], plan: Plan<T>): Promise<T> {
  const unsure: Unsure<T>[] = [];
  const since = deps.clock.monotonic();
  for (let tries = 0, pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const rows = await readRows(deps, mailboxes, unsure);
    const landed = landedOf(rows, unsure);
    if (landed !== undefined) {
      await untilWhole(deps.table, landed);
      return told(deps, rows, landed.answer);
    }
    const planned = await plan(rows);
    if (planned === 'wait') {
      if (deps.clock.monotonic() - since > longestWait) throw new Error(`mailbox ${mailboxes.join()} is held for too long`);
    } else {
      tries += 1;
      const { drafts, answer } = planned;
      const op = randomBytes(6).toString('hex');
      const writes = drafts.filter(({ isChanged }) => isChanged).flatMap((draft) => draft.writes(deps.table.name, op, deps.clock.now()));
      if (writes.length === 0) return answer;
      const sent = { token: randomUUID(), writes: writes.map(({ write }) => write) };
      const written = await transacted(deps.table, sent, (error) => void unsure.push({ op, sent, rows, answer, error }));
      if (written === 'done') return told(deps, rows, answer);
      if (typeof written !== 'string') {
        for (const index of written.refused) writes[index]?.refused?.();
        await clearRefused(deps, writes, written.refused);
      }
      if (written === 'unsure' && unsure.length >= mostUnsure) throw unsure.at(-1)?.error;
    }
    if (tries >= mostTries) throw new Error(`mailbox ${mailboxes.join()} is too busy`);
    await rest(pause);
  }
}

/** A MOVE that is not written into all blocks yet is finished first, whoever began it. */
async function readRows<T>(
  deps: CommitDeps,
  mailboxes: readonly MailboxId[],
  unsure: readonly Unsure<T>[],
): Promise<readonly MailboxRow[]> {
  for (;;) {
    const rows = await Promise.all([...new Set(mailboxes)].map((mailbox) => readRow(deps.table, mailbox)));
    const unfinished = rows.find(({ leaving }) => leaving !== undefined);
    if (unfinished === undefined || landedOf(rows, unsure) !== undefined) return rows;
    await finishLeaving(deps.table, unfinished, () => deps.clock.now());
  }
}

/** @throws when it may have landed so long ago that the row has forgotten it */
function landedOf<T>(rows: readonly MailboxRow[], unsure: readonly Unsure<T>[]): Unsure<T> | undefined {
  const [row] = rows;
  if (row === undefined) return undefined;
  for (const one of unsure) {
    if (row.history.some(({ op }) => op === one.op)) return one;
    const before = one.rows[0];
    const oldest = row.history.at(-1);
    const reachesBack = before === undefined || oldest === undefined || oldest.version <= before.version + 1;
    if (row.version !== before?.version && !reachesBack) throw one.error;
  }
  return undefined;
}

/** A record that stands where a message is to be put is left over from a change that was never made. */
async function clearRefused(deps: CommitDeps, writes: readonly AlongWrite[], refused: readonly number[]): Promise<void> {
  for (const index of refused) {
    const item = writes[index]?.write.Put?.Item;
    const placed = item === undefined ? undefined : placeOf(item);
    if (placed === undefined) continue;
    await clearLeftover(deps, placed.mailbox, placed.uid, recordKey(placed.mailbox, placed.uid), deps.clock.now());
    return;
  }
}

function told<T>({ teller, clock }: CommitDeps, rows: readonly MailboxRow[], answer: T): T {
  for (const { mailbox, item } of rows) {
    const watchers = watchersOf(item, clock.now());
    if (watchers.length > 0) teller?.tell(mailbox, watchers);
  }
  return answer;
}

interface Sent {
  readonly token: string;
  readonly writes: readonly TransactWriteItem[];
}

async function transacted(table: MailTable, { token, writes }: Sent, unsure: (error: unknown) => void): Promise<Written | 'unsure'> {
  try {
    return await table.transact(token, writes);
  } catch (error) {
    // Of several copies that the client sent by itself this tells of the last alone.
    if (!wasSentAgain(error)) {
      if (isThrottled(error)) return 'busy';
      if (isCertain(error)) throw error;
    }
    unsure(error);
    return 'unsure';
  }
}

/** Times that it is asked whether a transaction is whole, some seconds in all. */
const mostAsked = 20;

/**
 * The row is seen, and the rest may follow: who has a body is known only then. A copy of the request, under its name, is answered well once all of it is
 * there. @throws what the try threw, when that takes too long
 */
async function untilWhole(table: MailTable, { sent: { token, writes }, error }: Pick<Unsure<unknown>, 'sent' | 'error'>): Promise<void> {
  for (let left = mostAsked, pause = firstPause; ; left -= 1, pause = Math.min(pause * 2, longestPause)) {
    const written = await table.transact(token, writes).catch(() => 'unsure' as const);
    if (written !== 'busy' && written !== 'unsure') return; // refused: its name is forgotten, so it was whole long ago
    if (left === 0) throw error;
    await rest(pause);
  }
}

const throttles: readonly string[] = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'];

const isThrottled = (error: unknown): boolean => error instanceof Error && throttles.includes(error.name);

function wasSentAgain(error: unknown): boolean {
  const attempts = metadataOf(error)?.attempts;
  return typeof attempts === 'number' && attempts > 1;
}

/** DynamoDB said no, so nothing was done. Not so of a copy of a request of which another is still under way. */
function isCertain(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'TransactionInProgressException') return false;
  const status = metadataOf(error)?.httpStatusCode;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function metadataOf(error: unknown): { readonly attempts?: unknown; readonly httpStatusCode?: unknown } | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { $metadata } = error;
  return typeof $metadata === 'object' && $metadata !== null ? $metadata : undefined;
}
