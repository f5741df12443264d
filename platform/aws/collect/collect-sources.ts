import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { AccountDirectory } from '../../../core/accounts/account-directory.ts';
import { hasAccount } from '../../../core/accounts/has-account.ts';
import {
  type CollectSources,
  type MemoryChanges,
  mostSources,
  type Remembered,
  type Settlement,
} from '../../../core/collect/collect-sources.ts';
import type { Uidl } from '../../../core/collect/maildrop-client.ts';
import type { Source, SourceFacts, SourceId, SourceName } from '../../../core/collect/source.ts';
import type { Claim } from '../../../core/delivery/spool.ts';
import type { HolderId, NewId } from '../../../core/values/ids.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { collectTableShape as shape } from '../table-shapes.ts';
import * as items from './collect-items.ts';
import { CollectTable } from './collect-table.ts';
import * as writes from './collect-writes.ts';

export interface DynamoCollectDeps {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly accounts: Pick<AccountDirectory, 'resolve'>;
  readonly newId: NewId;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What one transaction takes, less the look at the claim. */
const mostChanges = 99;

/**
 * Sources on one DynamoDB table. A claim is one conditional write of the source's item; what is remembered is written in a transaction that looks
 * at the claim, so that a holder that lost it changes nothing. The index lags behind by some milliseconds: it tells only where to look.
 */
export class DynamoCollectSources implements CollectSources {
  readonly #table: CollectTable;
  readonly #accounts: DynamoCollectDeps['accounts'];
  readonly #newId: NewId;
  readonly #random: () => number;

  constructor({ client, table, accounts, newId, random }: DynamoCollectDeps) {
    this.#table = new CollectTable(client, table);
    this.#accounts = accounts;
    this.#newId = newId;
    this.#random = random;
  }

  /** Several that add at once may together go over the most there may be, by as many as they are. */
  async add(facts: SourceFacts, now: number): Promise<Source | 'name-taken' | 'too-many' | 'no-such-account'> {
    if (!(await hasAccount(this.#accounts, facts.account))) return 'no-such-account';
    const { name } = this.#table;
    if (await this.#isTaken(facts.name)) return 'name-taken';
    if ((await this.#table.countEntries()) >= mostSources) return 'too-many';
    const id = this.#newId() as SourceId;
    const Item = items.newSourceItem(id, facts, now);
    const absent = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': shape.partitionKey } };
    const added = await this.#table.transact([
      { Put: { TableName: name, Item: items.entryItem(facts.name, id), ...absent } },
      { Put: { TableName: name, Item } },
    ]);
    // Refused by what an earlier copy of the same request did, or by somebody else.
    if (!added && (await this.#idOf(facts.name)) !== id) return 'name-taken';
    return items.sourceOf(Item);
  }

  /** Finishes a removal that a process died in. */
  async #isTaken(name: SourceName): Promise<boolean> {
    const id = await this.#idOf(name);
    if (id === undefined) return false;
    if ((await this.#table.read(items.sourceKey(id))) !== undefined) return true;
    await this.#removeAll(name, id);
    return false;
  }

  async remove(name: SourceName): Promise<boolean> {
    const id = await this.#idOf(name);
    return id !== undefined && (await this.#removeAll(name, id));
  }

  /** The source goes first, and with it every claim; its name last, so that whoever died in the midst left something to find the rest by. */
  async #removeAll(name: SourceName, id: SourceId): Promise<boolean> {
    await this.#table.delete(items.sourceKey(id));
    for await (const page of this.#table.memory(id)) {
      await this.#table.deleteAll(page.map((item) => items.memoryKey(id, items.rememberedOf(item)[0])));
    }
    return await this.#table.deleteEntry(name, id);
  }

  async list(): Promise<readonly Source[]> {
    const ids: SourceId[] = [];
    for await (const entry of this.#table.entries()) ids.push(items.idOf(entry));
    const found = (await this.#table.readAll(ids.map(items.sourceKey))).map(items.sourceOf);
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async find(name: SourceName): Promise<Source | undefined> {
    const id = await this.#idOf(name);
    return id === undefined ? undefined : await this.#source(id);
  }

  async #source(id: SourceId): Promise<Source | undefined> {
    const item = await this.#table.read(items.sourceKey(id));
    return item && items.sourceOf(item);
  }

  async #idOf(name: SourceName): Promise<SourceId | undefined> {
    const entry = await this.#table.read(items.entryKey(name));
    return entry && items.idOf(entry);
  }

  runNow(name: SourceName, now: number): Promise<boolean> {
    return this.#madeDue(name, (id, claimEnd) => writes.runNowWrite(id, now, claimEnd));
  }

  release(name: SourceName, now: number): Promise<boolean> {
    return this.#madeDue(name, (id, claimEnd) => writes.releaseWrite(id, now, claimEnd));
  }

  /** Tries again when the source was claimed or let go between the look and the write. */
  async #madeDue(name: SourceName, write: (id: SourceId, claimEnd: number | undefined) => writes.SourceWrite): Promise<boolean> {
    for (;;) {
      const source = await this.find(name);
      if (source === undefined) return false;
      if ((await this.#table.update(write(source.id, source.claimedUntil))).applied) return true;
    }
  }

  async hold(name: SourceName): Promise<boolean> {
    const id = await this.#idOf(name);
    return id !== undefined && (await this.#table.update(writes.holdWrite(id))).applied;
  }

  async due(now: number): Promise<{ readonly due: number; readonly soonest?: number }> {
    const [due, soonest] = await Promise.all([this.#table.countReady(now), this.#table.firstReady(now + 1)]);
    return soonest === undefined ? { due } : { due, soonest };
  }

  async claimDue(now: number, claim: Claim, without: readonly string[]): Promise<Source | undefined> {
    const full = new Set(without);
    for await (const page of this.#table.ready(now)) {
      const waiting = page.filter((item) => !full.has(item[shape.host]?.S ?? '')).map(idOfKey);
      let contended = false;
      while (waiting.length > 0) {
        // The one that waits longest first; once others turn out to take the same ones, any of the rest.
        const [id] = waiting.splice(contended ? Math.floor(this.#random() * waiting.length) : 0, 1);
        const source = id === undefined ? undefined : await this.#claimed(id, now, claim);
        if (source !== undefined) return source;
        contended = true;
      }
    }
    return undefined;
  }

  async #claimed(id: SourceId, now: number, claim: Claim): Promise<Source | undefined> {
    const answer = await this.#table.update(writes.claimDueWrite(id, now, claim));
    const source = answer.item && items.sourceOf(answer.item);
    // Refused by what an earlier copy of the same request did.
    const isOurs = answer.applied || (answer.repeated && source?.claimedBy === claim.by && source.claimedUntil === claim.until);
    return isOurs ? source : undefined;
  }

  async renewClaim(id: SourceId, claim: Claim): Promise<boolean> {
    return (await this.#table.update(writes.renewWrite(id, claim))).applied;
  }

  async letGo(id: SourceId, by: HolderId): Promise<boolean> {
    const answer = await this.#table.update(writes.letGoWrite(id, by));
    return answer.applied || (answer.repeated && answer.item !== undefined && answer.item[shape.claimedBy] === undefined);
  }

  async settle(id: SourceId, by: HolderId, settlement: Settlement): Promise<boolean> {
    const answer = await this.#table.update(writes.settleWrite(id, by, settlement));
    // An earlier copy of the same request ended the claim; what it counted must not be counted twice.
    return answer.applied || (answer.repeated && answer.item?.[shape.lastRun]?.S === writes.reportText(settlement));
  }

  async remembered(id: SourceId): Promise<ReadonlyMap<Uidl, Remembered>> {
    const all = new Map<Uidl, Remembered>();
    for await (const page of this.#table.memory(id)) for (const [uidl, what] of page.map(items.rememberedOf)) all.set(uidl, what);
    return all;
  }

  /** More changes than one transaction takes are written in several, each of which looks at the claim. */
  async remember(id: SourceId, by: HolderId, { set = new Map(), forget = [] }: MemoryChanges): Promise<boolean> {
    const TableName = this.#table.name;
    const gone = new Set(forget);
    const kept = [...set].filter(([uidl]) => !gone.has(uidl));
    const changes: readonly TransactWriteItem[] = [
      ...kept.map(([uidl, what]) => ({ Put: { TableName, Item: items.memoryItem(id, uidl, what) } })),
      ...[...gone].map((uidl) => ({ Delete: { TableName, Key: items.memoryKey(id, uidl) } })),
    ];
    const isClaimed = { ConditionCheck: { TableName, ...writes.claimedCheck(id, by) } };
    for (let at = 0; at === 0 || at < changes.length; at += mostChanges) {
      if (!(await this.#table.transact([isClaimed, ...changes.slice(at, at + mostChanges)]))) return false;
    }
    return true;
  }
}

const idOfKey = (item: Attributes): SourceId => (item[shape.partitionKey]?.S ?? '').slice(shape.sourcePrefix.length) as SourceId;
