import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type HolderRow,
  type OpId,
  OutcomeUnknown,
  type Renewed,
  type SlotAnswer,
  type SlotItem,
  type SlotKey,
  type SlotMove,
  type SlotStore,
  sweptAfter,
} from '../../../core/slots/slot-store.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import { onReply, openClient } from './client.ts';
import { askUpdate, deadUpdate, parseHolderRow, pkOfHolder, registerUpdate, renewUpdate } from './holder-rows.ts';
import { ItemTable } from './item-table.ts';
import { listKeys } from './list-keys.ts';
import { moveUpdate, parseSlotItem, pkOfKey, repairUpdate } from './slot-items.ts';
import { StoreTime } from './store-time.ts';

export interface DynamoSlotStoreOptions {
  readonly table: string;
  readonly clock: Clock;
  /** @default AWS_ENDPOINT_URL_DYNAMODB, or that of the Region */
  readonly endpoint?: string;
  /** The store's clock, ms. @default the Date of its replies, and this host's steady clock since */
  readonly leaseTime?: () => number;
}

/**
 * SlotStore on one DynamoDB table. A move is one UpdateItem and one round trip: what it depends on stands in its condition, and a refused one
 * answers with the item it met. Old items go by TTL, 24 h after they were last written, and nothing is decided by that.
 * Opening makes no request, so that a process can start while DynamoDB cannot be reached.
 */
export function openDynamoSlotStore(options: DynamoSlotStoreOptions): DynamoSlotStore {
  const { endpoint, leaseTime, clock, table } = options;
  const client = openClient(endpoint === undefined ? {} : { endpoint });
  if (leaseTime !== undefined) return new DynamoSlotStore(client, table, { isKnown: true, earliest: leaseTime, latest: leaseTime });
  const time = new StoreTime(() => clock.monotonic());
  onReply(
    client,
    () => clock.monotonic(),
    (date, sentAt) => time.replied(date, sentAt),
  );
  return new DynamoSlotStore(client, table, time);
}

/** Keys read at a time for a listing. */
const readsAtOnce = 25;

class DynamoSlotStore implements SlotStore {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #table: ItemTable;
  readonly #time: Pick<StoreTime, 'isKnown' | 'earliest' | 'latest'>;

  constructor(client: DynamoDBClient, table: string, time: Pick<StoreTime, 'isKnown' | 'earliest' | 'latest'>) {
    this.#client = client;
    this.#name = table;
    this.#table = new ItemTable(client, table);
    this.#time = time;
  }

  leaseTime(): number {
    return this.#time.latest();
  }

  async change(move: SlotMove): Promise<SlotAnswer> {
    const { applied, item: attributes, repeated } = await this.#table.update(moveUpdate(move, ttl(await this.#now())));
    const item = attributes === undefined ? { n: 0, entries: new Map() } : parseSlotItem(attributes);
    return applied ? { changed: true, item } : { changed: false, item, repeated };
  }

  async read(key: SlotKey): Promise<SlotItem | undefined> {
    const item = await this.#table.read(pkOfKey(key));
    return item && parseSlotItem(item);
  }

  async repair(key: SlotKey, dead: HolderId, version: OpId): Promise<void> {
    await this.#table.update(repairUpdate(key, dead, version, ttl(await this.#now())));
  }

  async register(holder: HolderId, lease: number): Promise<Renewed> {
    const storeNow = await this.#now();
    const leaseUntil = storeNow + lease;
    const { applied, item } = await this.#table.update(registerUpdate(holder, leaseUntil, ttl(leaseUntil)));
    if (applied) return { leaseUntil, storeNow, ask: [] };
    const earlier = item && parseHolderRow(item);
    if (earlier?.state !== 'live') throw new OutcomeUnknown('declared dead before its registration was answered');
    return { leaseUntil: earlier.leaseUntil, storeNow, ask: [] };
  }

  async renew(holder: HolderId, lease: number): Promise<Renewed | 'dead'> {
    const storeNow = await this.#now();
    return await this.#renewUntil(holder, storeNow + lease, storeNow);
  }

  async #renewUntil(holder: HolderId, leaseUntil: number, storeNow: number): Promise<Renewed | 'dead'> {
    const { applied, item } = await this.#table.update(renewUpdate(holder, leaseUntil, ttl(leaseUntil)));
    const row = item && parseHolderRow(item);
    if (row?.state !== 'live') return 'dead';
    if (applied) return { leaseUntil, storeNow, ask: row.ask };
    // It has a longer lease already: by an earlier copy of this, or from when the store's time was less well known.
    if (row.ask.length === 0) return { leaseUntil: row.leaseUntil, storeNow, ask: [] };
    return await this.#renewUntil(holder, row.leaseUntil + 1, storeNow);
  }

  async declareDead(holder: HolderId, self: boolean): Promise<boolean> {
    await this.#now();
    const { applied, item } = await this.#table.update(deadUpdate(holder, self ? undefined : this.#time.earliest()));
    return applied || item === undefined || parseHolderRow(item).state === 'dead';
  }

  async holder(id: HolderId): Promise<HolderRow | undefined> {
    const row = await this.#table.read(pkOfHolder(id));
    return row && parseHolderRow(row);
  }

  async ask(holder: HolderId, request: string): Promise<boolean> {
    const { applied, item } = await this.#table.update(askUpdate(holder, request));
    if (applied || item === undefined) return applied;
    const { state, ask } = parseHolderRow(item);
    return state === 'live' && ask.includes(request);
  }

  async list(prefix: string, most: number): Promise<readonly { readonly key: SlotKey; readonly item: SlotItem }[]> {
    const keys = await listKeys(this.#client, this.#name, prefix, most);
    const listed: { readonly key: SlotKey; readonly item: SlotItem }[] = [];
    for (let at = 0; at < keys.length; at += readsAtOnce) {
      const some = await Promise.all(keys.slice(at, at + readsAtOnce).map(async (key) => ({ key, item: await this.read(key) })));
      for (const { key, item } of some) if (item !== undefined && item.n > 0) listed.push({ key, item });
    }
    return listed;
  }

  /** After what is under way, so that nobody who ends is told of a broken connection. */
  async close(): Promise<void> {
    await this.#table.atRest();
    this.#client.destroy();
  }

  /** The store's time, ms. Any reply tells it: before the first one an item is looked up that is never there. */
  async #now(): Promise<number> {
    if (!this.#time.isKnown) await this.#table.read(pkOfHolder('' as HolderId));
    if (!this.#time.isKnown) throw new OutcomeUnknown('the replies of DynamoDB tell no Date');
    return this.#time.latest();
  }
}

/** Seconds, as DynamoDB's TTL reads them. */
const ttl = (written: number): number => Math.ceil((written + sweptAfter.held) / 1000);
