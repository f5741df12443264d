import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type {
  Claim,
  Deferral,
  Due,
  MostDue,
  NewMessage,
  NextHop,
  OutboundSpool,
  Spool,
  SpoolFilter,
  SpoolRow,
} from '../../../core/delivery/spool.ts';
import { hopOf, parseSpoolRowId, type SpoolKey } from '../../../core/delivery/spool-key.ts';
import type { StagedBody } from '../../../core/mailbox/message-bodies.ts';
import type { BodyId, HolderId, SpoolId, SpoolRowId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import type { Applied, Refused } from '../dynamodb/conditional.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';
import { endWithReports } from './row-ending.ts';
import { addMessage, hasRowsToShow, showRows, tokenOf } from './spool-adding.ts';
import { keyOf, rowOf } from './spool-items.ts';
import { dueKeyOf, hopKeyOf, hopKeys, keyAttributes } from './spool-keys.ts';
import { backlogOf, dueHops, matching, waitingRows } from './spool-listing.ts';
import { SpoolTable } from './spool-table.ts';
import * as writes from './spool-writes.ts';

/** Bodies as the spool needs them. */
export interface SpoolBodies {
  /** Facts that were too long for a row. */
  facts(body: BodyId): Promise<MessageFacts>;
  /** It was handed over, and the answer got lost: a row may point to it. Who discards it then leaves it where it is. */
  mayBeTaken(body: StagedBody): void;
  /** Removes a body that no row points to any more. Safe to repeat. */
  remove(body: BodyId): Promise<void>;
}

export interface DynamoSpoolDeps {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly bodies: SpoolBodies;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Candidates of a shard, for one row that is wanted: others take some of them meanwhile. */
const candidatesFor = 8;

/**
 * The spool on one DynamoDB table: each step of a row is one conditional write. The indexes lag behind by some milliseconds, so what they tell is
 * only where to look; the row itself decides.
 */
export class DynamoSpool implements OutboundSpool {
  readonly #table: SpoolTable;
  readonly #bodies: SpoolBodies;
  readonly #random: () => number;

  constructor({ client, table, bodies, random }: DynamoSpoolDeps) {
    this.#table = new SpoolTable(client, table);
    this.#bodies = bodies;
    this.#random = random;
  }

  add(message: SpoolId, body: NewMessage['body'], rows: NewMessage['rows'], acceptedAt: number): Promise<readonly SpoolRow[]> {
    return this.#keeping([body], this.#added({ message, body, rows, acceptedAt }));
  }

  async #added(added: NewMessage): Promise<readonly SpoolRow[]> {
    try {
      return await addMessage(this.#table, added, (id) => this.#bodies.facts(id));
    } catch (error) {
      // It may be there though no answer came; whoever is told that it failed takes the body away. With the first row all of them are there.
      const rows = await this.#table.ofMessage(added.message).catch(() => []);
      if (rows[0] === undefined || keyOf(rows[0]).part !== 0) throw error;
      return await Promise.all(rows.map((item) => this.#row(item)));
    }
  }

  /** Spool and mailboxes are two stores here. */
  async addDelivered(): Promise<boolean> {
    return false;
  }

  async claimDue(nextHop: NextHop, now: number, claim: Claim, most: number): Promise<readonly SpoolRow[]> {
    const waiting = await this.#candidates(nextHop, now, most);
    const rows: SpoolRow[] = [];
    let contended = false;
    while (rows.length < most && waiting.length > 0) {
      // The oldest first; once others turn out to take the same ones, any of the rest.
      const [key] = waiting.splice(contended ? Math.floor(this.#random() * waiting.length) : 0, 1);
      const row = key === undefined ? undefined : await this.#claimed(key, claim, writes.claimDueWrite(key, now, claim));
      if (row === undefined) contended = true;
      else rows.push(row);
    }
    return rows.toSorted((a, b) => a.nextAttemptAt - b.nextAttemptAt);
  }

  async #candidates(nextHop: NextHop, now: number, most: number): Promise<SpoolKey[]> {
    const shards = await Promise.all(
      hopKeys(nextHop).map((key) => this.#table.indexed(shape.hopIndex, shape.hopKey, key, 0, now, most * candidatesFor)),
    );
    const items = shards.flat().toSorted((a, b) => Number(a[shape.readyAt]?.N) - Number(b[shape.readyAt]?.N));
    return items.map(keyOf);
  }

  async claim(id: SpoolRowId, now: number, claim: Claim, held = false): Promise<SpoolRow | undefined> {
    const key = parseSpoolRowId(id);
    return key && (await this.#claimed(key, claim, writes.claimWrite(key, now, claim, held)));
  }

  async #claimed(key: SpoolKey, { by, until }: Claim, write: writes.RowWrite): Promise<SpoolRow | undefined> {
    const answer = await this.#table.update(write);
    const { item } = answer;
    // Refused by what an earlier copy of the same request did.
    const ours = answer.applied || (answer.repeated && item?.[shape.claimedBy]?.S === by && item[shape.claimedUntil]?.N === String(until));
    if (!ours || item === undefined) return undefined;
    if (hasRowsToShow(item)) await showRows(this.#table, key.message);
    return await this.#row(item);
  }

  async renewClaim(id: SpoolRowId, claim: Claim): Promise<boolean> {
    return await this.#ofRow(id, async (key) => (await this.#table.update(writes.renewWrite(key, claim))).applied);
  }

  async giveBack(id: SpoolRowId, by: HolderId): Promise<boolean> {
    return await this.#ofRow(id, async (key) => {
      const { applied, repeated, item } = { repeated: false, ...(await this.#table.update(writes.giveBackWrite(key, by))) };
      return applied || (repeated && item !== undefined && item[shape.claimedBy] === undefined);
    });
  }

  async finish(id: SpoolRowId, by: HolderId, reports: readonly NewMessage[] = []): Promise<boolean> {
    return await this.#ofRow(id, async (key) => {
      const { name } = this.#table;
      const condition = writes.finishCondition(by);
      if (reports.length === 0) return await this.#ended(key, isDone(await this.#table.delete(key, condition)));
      const before = await this.#table.read(key);
      const token = tokenOf('finish', id, by, ...idsOf(reports));
      const row = { Delete: { TableName: name, Key: keyAttributes(key), ...condition } };
      const done = await this.#keeping(reports.map(bodyOf), endWithReports(this.#table, token, row, reports));
      return await this.#ended(key, { done, item: before });
    });
  }

  async defer(id: SpoolRowId, by: HolderId, again: Deferral, reports: readonly NewMessage[] = []): Promise<boolean> {
    return await this.#ofRow(id, async (key) => {
      const write = writes.deferWrite(key, by, again);
      if (reports.length === 0) {
        const answer = await this.#table.update(write);
        // An earlier copy of the same request ended the claim.
        return answer.applied || (answer.repeated && answer.item?.[shape.nextAttemptAt]?.N === String(again.nextAttemptAt));
      }
      const token = tokenOf('defer', id, by, again.nextAttemptAt, ...idsOf(reports));
      const row = { Update: { TableName: this.#table.name, ...write } };
      return await this.#keeping(reports.map(bodyOf), endWithReports(this.#table, token, row, reports));
    });
  }

  /** A write that throws may be done all the same. An object too many costs less than a message whose body is gone. */
  async #keeping<T>(bodies: readonly StagedBody[], written: Promise<T>): Promise<T> {
    try {
      return await written;
    } catch (error) {
      for (const body of bodies) this.#bodies.mayBeTaken(body);
      throw error;
    }
  }

  /** Rows that are not held, whatever becomes of them; of very many at least so many. */
  waiting(): Promise<number> {
    return waitingRows(this.#table);
  }

  due(now: number, most: MostDue): Promise<Due> {
    return dueHops(this.#table, now, most);
  }

  async list(filter: SpoolFilter): Promise<readonly SpoolRow[]> {
    return await Promise.all((await matching(this.#table, filter)).map((item) => this.#row(item)));
  }

  backlog(): ReturnType<Spool['backlog']> {
    return backlogOf(this.#table);
  }

  async get(id: SpoolRowId): Promise<SpoolRow | undefined> {
    const key = parseSpoolRowId(id);
    const item = key && (await this.#table.read(key));
    return item && (await this.#row(item));
  }

  retry(id: SpoolRowId, now: number): Promise<boolean> {
    return this.#freed(id, (row) => ({ nextAttemptAt: now, readyAt: Math.max(now, row.claimedUntil ?? 0) }));
  }

  release(id: SpoolRowId): Promise<boolean> {
    return this.#freed(id, ({ nextAttemptAt, claimedUntil }) => ({ nextAttemptAt, readyAt: Math.max(nextAttemptAt, claimedUntil ?? 0) }));
  }

  /** Tries again when the row was claimed or let go between the look and the write. */
  async #freed(id: SpoolRowId, times: (row: SpoolRow) => Pick<writes.FreedRow, 'nextAttemptAt' | 'readyAt'>): Promise<boolean> {
    return await this.#ofRow(id, async (key) => {
      for (;;) {
        const item = await this.#table.read(key);
        if (item === undefined) return false;
        const row = await this.#row(item);
        const keys = { hopKey: hopKeyOf(hopOf(item[shape.hop]?.S ?? ''), key), dueKey: dueKeyOf(key) };
        const answer = await this.#table.update(writes.freeWrite(key, { ...keys, ...times(row), seen: row.claimedUntil }));
        if (answer.applied) return true;
      }
    });
  }

  hold(id: SpoolRowId, reason: string): Promise<boolean> {
    return this.#ofRow(id, async (key) => (await this.#table.update(writes.holdWrite(key, reason))).applied);
  }

  reroute(id: SpoolRowId, via: string | undefined): Promise<boolean> {
    return this.#ofRow(id, async (key) => (await this.#table.update(writes.rerouteWrite(key, via))).applied);
  }

  delete(id: SpoolRowId, now: number): Promise<boolean> {
    return this.#ofRow(id, async (key) => await this.#ended(key, isDone(await this.#table.delete(key, writes.deleteCondition(now)))));
  }

  /** The body goes with the message's last row. Who dies before it is gone leaves an object that is set aside some days later. */
  async #ended({ message }: SpoolKey, { done, item }: { readonly done: boolean; readonly item: Attributes | undefined }): Promise<boolean> {
    const body = item?.[shape.body]?.S as BodyId | undefined;
    if (done && body !== undefined && (await this.#table.ofMessage(message)).length === 0) await this.#bodies.remove(body);
    return done;
  }

  #row(item: Attributes): Promise<SpoolRow> {
    return rowOf(item, (id) => this.#bodies.facts(id));
  }

  async #ofRow(id: SpoolRowId, act: (key: SpoolKey) => Promise<boolean>): Promise<boolean> {
    const key = parseSpoolRowId(id);
    return key !== undefined && (await act(key));
  }
}

/** The same step with other reports is another one, under a name of its own. */
const idsOf = (reports: readonly NewMessage[]): readonly SpoolId[] => reports.map(({ message }) => message);

const bodyOf = ({ body }: NewMessage): StagedBody => body;

/** A row that is gone when the request was repeated went by its first copy. */
const isDone = (answer: Applied | Refused): { readonly done: boolean; readonly item: Attributes | undefined } => ({
  done: answer.applied || (answer.repeated && answer.item === undefined),
  item: answer.item,
});
