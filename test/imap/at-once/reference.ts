import assert from 'node:assert/strict';
import type { FlagRow, MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';

/** A message as it should stand in a mailbox. */
export interface Message {
  /** In order, as `inOrder` gives them. */
  readonly flags: string;
  /** Undefined when the step under way has changed it: its MODSEQ has to rise. */
  readonly modseq: bigint | undefined;
  readonly subject: string;
}

/** Messages by UID. */
export type Box = Map<number, Message>;

/** What a command does to the mailboxes. @param before as they were when the commands that run at once began */
export type Effect = (boxes: readonly Box[], before: readonly Box[]) => void;

export interface Done {
  readonly effect: Effect;
  /** It may not have been done at all. */
  readonly isOpen?: boolean;
}

/** What a mailbox is found to hold. */
export interface Observed {
  readonly rows: readonly FlagRow[];
  readonly status: MailboxStatus;
}

/** Mailboxes as they have to be, told by a few maps what a server does with tables, logs and feeds. */
export class Reference {
  boxes: readonly Box[];
  readonly #highest: bigint[];
  readonly #uidNext: number[];

  constructor(found: readonly Observed[]) {
    this.boxes = found.map(() => new Map());
    this.#highest = found.map(({ status }) => status.highestModseq);
    this.#uidNext = found.map(({ status }) => status.uidNext);
  }

  box(at: number): Box {
    return this.boxes[at] as Box;
  }

  /** Ascending. */
  uids(at: number): readonly number[] {
    return [...this.box(at).keys()].sort((a, b) => a - b);
  }

  highest(at: number): bigint {
    return this.#highest[at] ?? 0n;
  }

  uidNext(at: number): number {
    return this.#uidNext[at] ?? 0;
  }

  /**
   * Takes over what commands that ran at once have done. Each message has to be as one of the orders in which they may have met it
   * leaves it; with one command there is one.
   * @throws when what is found can't be
   */
  adopt(done: readonly Done[], found: readonly Observed[]): void {
    const outcomes = choices(done)
      .flatMap(orders)
      .map((order) => {
        const boxes = this.boxes.map((box) => new Map(box));
        for (const effect of order) effect(boxes, this.boxes);
        return boxes;
      });
    this.boxes = found.map((one, at) => this.#adopted(at, outcomes.map((boxes) => boxes[at] as Box), one)); // biome-ignore format: one thought
  }

  #adopted(at: number, outcomes: readonly Box[], { rows, status }: Observed): Box {
    const highest = this.highest(at);
    const before = this.box(at);
    const found = new Map(rows.map((row) => [row.uid as number, row]));
    const adopted: Box = new Map();
    let isChanged = false;
    for (const uid of new Set([...found.keys(), ...outcomes.flatMap((box) => [...box.keys()])])) {
      const row = found.get(uid);
      const fitting = outcomes.find((box) => fits(box.get(uid), row, highest));
      assert.ok(fitting, `message ${uid} of mailbox ${at} is ${text(row)}, and had to be ${outcomes.map((box) => text(box.get(uid))).join(' or ')}; the highest MODSEQ was ${highest}`); // biome-ignore format: one line of a report
      const message = fitting.get(uid);
      isChanged ||= message === undefined ? before.has(uid) : message.modseq === undefined;
      if (message === undefined || row === undefined) continue;
      assert.ok(before.has(uid) || uid >= this.uidNext(at), `UID ${uid} is new, and UIDNEXT was ${this.uidNext(at)}`);
      adopted.set(uid, { ...message, modseq: row.modseq });
    }
    this.#count(at, rows, status, isChanged);
    return adopted;
  }

  #count(at: number, rows: readonly FlagRow[], status: MailboxStatus, isChanged: boolean): void {
    const having = (flag: string): number => rows.filter(({ flags }) => (flags as readonly string[]).includes(flag)).length;
    const ascending = rows.every(({ uid }, i) => i === 0 || uid > (rows[i - 1]?.uid ?? 0));
    assert.ok(ascending, `UIDs of mailbox ${at} ascend`);
    assert.deepEqual(
      [status.messages, status.unseen, status.deleted],
      [rows.length, rows.length - having('\\Seen'), having('\\Deleted')],
      `counts of mailbox ${at}`,
    );
    assert.ok(status.uidNext >= this.uidNext(at) && status.uidNext > (rows.at(-1)?.uid ?? 0), `UIDNEXT ${status.uidNext} went back`);
    const highest = rows.reduce((most, { modseq }) => (modseq > most ? modseq : most), this.highest(at));
    assert.ok(status.highestModseq >= highest, `HIGHESTMODSEQ ${status.highestModseq} is under ${highest}`);
    assert.ok(!isChanged || status.highestModseq > this.highest(at), `HIGHESTMODSEQ stays ${status.highestModseq} over a change`);
    this.#highest[at] = status.highestModseq;
    this.#uidNext[at] = status.uidNext;
  }
}

function fits(message: Message | undefined, row: FlagRow | undefined, highest: bigint): boolean {
  if (message === undefined || row === undefined) return message === row;
  if (message.flags !== inOrder(row.flags)) return false;
  return message.modseq === undefined ? row.modseq > highest : row.modseq === message.modseq;
}

const text = (one: Message | FlagRow | undefined): string =>
  one === undefined ? 'gone' : `(${typeof one.flags === 'string' ? one.flags : inOrder(one.flags)}) with MODSEQ ${one.modseq ?? 'anew'}`;

/** Flags as they are compared: without \Recent, which is a session's. */
export const inOrder = (flags: readonly string[]): string =>
  flags
    .filter((flag) => flag !== '' && flag !== '\\Recent')
    .sort()
    .join(' ');

function orders<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length <= 1) return [all];
  return all.flatMap((first, i) => orders(all.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

/** What may have been done of it all. */
const choices = (done: readonly Done[]): readonly (readonly Effect[])[] =>
  done.reduce<readonly (readonly Effect[])[]>(
    (all, { effect, isOpen }) => all.flatMap((some) => [[...some, effect], ...(isOpen === true ? [some] : [])]),
    [[]],
  );
