import type { MailboxId } from '../../../core/values/ids.ts';
import { isUnused, readBlocks } from './block-reading.ts';
import { type CommitDeps, commit, mostWrites, type Planned } from './commit.ts';
import { deliveredUids } from './delivered.ts';
import { Draft } from './draft.ts';
import { blockOf } from './flag-block.ts';
import type { MailTable } from './mail-table.ts';
import type { MailboxRow } from './mailbox-row.ts';
import type { Turns } from './turns.ts';
import { TooLarge, fitting as withinTransaction } from './within-transaction.ts';

/** A change of one mailbox. */
export interface Change<T> {
  /** It adds messages: while another has the right to the next UIDs, it waits. */
  readonly adds: boolean;
  /** Delivery keys that it may meet. Once one was met, all are looked up before the next try. */
  readonly keys: readonly string[];
  /** Writes that go along with the row and the blocks, at most. */
  readonly along: number;
  /** Octets that it may add to each message's flags. @default 0 */
  readonly grows?: number;
  /** Numbers of the blocks it may need, ascending. */
  blocks(row: MailboxRow): readonly number[];
  /** Changes nothing when it throws. @param keyMet to be called when a delivery key turns out to be there */
  apply(draft: Draft, keyMet: () => void): T;
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

interface Waiting {
  readonly change: Change<unknown>;
  /** A delivery key of it was met. */
  looksUp: boolean;
  readonly settle: (outcome: Outcome) => void;
}

/** Blocks that a group of changes may need besides those they know of, since each begins where the one before it ends. */
const spareWrites = 4;

/**
 * Changes of one mailbox stand in line in a process, and all that wait go into the next transaction: a busy mailbox costs a round trip for a group of
 * changes, and the processes do not fight over its row with each one.
 */
export class GroupCommit {
  readonly #deps: CommitDeps;
  readonly #turns: Turns;
  readonly #lines = new Map<MailboxId, Waiting[]>();

  constructor(deps: CommitDeps, turns: Turns) {
    this.#deps = deps;
    this.#turns = turns;
  }

  /** @throws what `apply` throws; MailboxGone */
  async submit<T>(mailbox: MailboxId, change: Change<T>): Promise<T> {
    const outcome = await new Promise<Outcome>((settle) => {
      const one = { change, looksUp: false, settle };
      const line = this.#lines.get(mailbox);
      if (line !== undefined) line.push(one);
      else {
        const begun = [one];
        this.#lines.set(mailbox, begun);
        void this.#serve(mailbox, begun);
      }
    });
    if (outcome.ok) return outcome.value as T;
    throw outcome.error;
  }

  async #serve(mailbox: MailboxId, line: Waiting[]): Promise<void> {
    let mostTaken = Number.POSITIVE_INFINITY;
    while (line.length > 0) {
      let taken: readonly Waiting[] = line.slice(0, 1);
      const take = (group: readonly Waiting[]): void => {
        taken = group;
      };
      try {
        const outcomes = await this.#turns.alone([mailbox], () => this.#group(mailbox, line.slice(0, mostTaken), take));
        for (const [one, outcome] of outcomes) one.settle(outcome);
        taken = [...outcomes.keys()];
      } catch (error) {
        if (error instanceof TooLarge && taken.length > 1) {
          mostTaken = 1;
          continue;
        }
        for (const one of taken) one.settle({ ok: false, error });
      }
      mostTaken = Number.POSITIVE_INFINITY;
      for (const one of taken) line.splice(line.indexOf(one), 1);
    }
    this.#lines.delete(mailbox);
  }

  /** @param take told which of the line are tried, each time */
  async #group(
    mailbox: MailboxId,
    line: readonly Waiting[],
    take: (group: readonly Waiting[]) => void,
  ): Promise<ReadonlyMap<Waiting, Outcome>> {
    const { clock, table } = this.#deps;
    return await commit(this.#deps, [mailbox], async ([row]) => {
      if (row === undefined) throw new Error(`mailbox ${mailbox} has no row`);
      const isHeld = row.hold !== undefined && row.hold.until > clock.now();
      const group = fitting(row, isHeld ? line.filter(({ change }) => !change.adds) : line);
      take(group);
      if (group.length > 0) return await planned(table, row, group);
      take(line);
      return 'wait';
    });
  }
}

/** As many of those that wait as one transaction takes, and always the first. */
function fitting(row: MailboxRow, line: readonly Waiting[]): readonly Waiting[] {
  const blocks = new Set<number>();
  let along = 1 + spareWrites;
  const group: Waiting[] = [];
  for (const one of line) {
    for (const block of one.change.blocks(row)) blocks.add(block);
    along += one.change.along;
    if (group.length > 0 && blocks.size + along > mostWrites) break;
    group.push(one);
  }
  return group;
}

async function planned(table: MailTable, row: MailboxRow, group: readonly Waiting[]): Promise<Planned<ReadonlyMap<Waiting, Outcome>>> {
  const keys = new Set(group.flatMap(({ looksUp, change }) => (looksUp ? change.keys : [])));
  const landed = await deliveredUids(table, row.mailbox, [...keys]);
  const wanted = new Set([...group.flatMap(({ change }) => change.blocks(row)), ...[...landed.values()].map(blockOf)]);
  const numbers = [...wanted].filter((number) => number >= row.firstBlock && !isUnused(row, number)).sort((a, b) => a - b);
  const blocks = await readBlocks(table, row, numbers);
  const grows = Math.max(...group.map(({ change }) => change.grows ?? 0));
  if (withinTransaction([...blocks.values()], grows).length < blocks.size) throw new TooLarge('more than one transaction takes');
  const draft = new Draft(row, blocks, landed);
  return { drafts: [draft], answer: new Map(group.map((one) => [one, applied(one, draft)])) };
}

function applied(one: Waiting, draft: Draft): Outcome {
  try {
    const keyMet = (): void => {
      one.looksUp = true;
    };
    return { ok: true, value: one.change.apply(draft, keyMet) };
  } catch (error) {
    return { ok: false, error };
  }
}
