import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Due, DueHop, HopBacklog, MostDue, SpoolFilter } from '../../../core/delivery/spool.ts';
import { hopOf, hopText } from '../../../core/delivery/spool-key.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';
import { dueKeys } from './spool-keys.ts';
import type { SpoolTable } from './spool-table.ts';

/** Rows looked at in a shard of the index: more than that are found by the next sweep. */
const mostDue = 1000;

export async function dueHops(table: SpoolTable, now: number, most: MostDue): Promise<Due> {
  const shards = await Promise.all(dueKeys.map((key) => dueOfShard(table, key, now)));
  const found = new Map<string, { rows: number; since: number }>();
  for (const item of shards.flatMap(({ due }) => due)) {
    const hop = item[shape.hop]?.S ?? '';
    const at = Number(item[shape.readyAt]?.N);
    const { rows, since } = found.get(hop) ?? { rows: 0, since: at };
    found.set(hop, { rows: Math.min(rows + 1, most.rows), since: Math.min(since, at) });
  }
  const all = [...found].map(([hop, waiting]): DueHop => ({ nextHop: hopOf(hop), ...waiting }));
  const hops = all.toSorted((a, b) => a.since - b.since).slice(0, most.hops);
  const later = shards.flatMap(({ soonest }) => soonest ?? []);
  return later.length === 0 ? { hops } : { hops, soonest: Math.min(...later) };
}

async function dueOfShard(
  table: SpoolTable,
  key: string,
  now: number,
): Promise<{ readonly due: readonly Attributes[]; readonly soonest?: number }> {
  const [due, [next]] = await Promise.all([
    table.indexed(shape.dueIndex, shape.dueKey, key, 0, now, mostDue),
    table.indexed(shape.dueIndex, shape.dueKey, key, now + 1, Number.MAX_SAFE_INTEGER, 1),
  ]);
  return next === undefined ? { due } : { due, soonest: Number(next[shape.readyAt]?.N) };
}

/** Rows of all shards, at most so many of each: what is counted is paid by the octet. */
export async function waitingRows(table: SpoolTable): Promise<number> {
  const counts = await Promise.all(dueKeys.map((key) => table.counted(shape.dueIndex, shape.dueKey, key, mostDue)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Reads the whole table: for operators. Ids of messages are in order of time, so the oldest come first. */
export async function matching(table: SpoolTable, { nextHop, held, text, limit }: SpoolFilter): Promise<readonly Attributes[]> {
  const found: Attributes[] = [];
  for await (const item of everyRow(table)) {
    if (nextHop !== undefined && item[shape.hop]?.S !== hopText(nextHop)) continue;
    if (held !== undefined && (item[shape.held]?.BOOL === true) !== held) continue;
    if (text !== undefined && !containsText(item, text.toLowerCase())) continue;
    found.push(item);
  }
  return found.toSorted(byAge).slice(0, limit);
}

const byAge = (a: Attributes, b: Attributes): number => (idOf(a) < idOf(b) ? -1 : 1);
const idOf = (item: Attributes): string => `${item[shape.partitionKey]?.S}.${(item[shape.sortKey]?.N ?? '').padStart(6, '0')}`;

function containsText(item: Attributes, wanted: string): boolean {
  const recipients = JSON.parse(item[shape.recipients]?.S ?? '[]') as readonly { readonly address: string }[];
  const id = `${item[shape.partitionKey]?.S}.${item[shape.sortKey]?.N}`;
  const texts = [id, item[shape.reversePath]?.S, item[shape.lastError]?.S, ...recipients.map(({ address }) => address)];
  return texts.some((one) => one?.toLowerCase().includes(wanted) === true);
}

async function* everyRow(table: SpoolTable): AsyncGenerator<Attributes> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({ TableName: table.name, ConsistentRead: true, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
    );
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}

interface Counted {
  rows: number;
  held: number;
  oldest: number;
  soonest: number;
  readonly errors: Map<string, number>;
}

export async function backlogOf(table: SpoolTable): Promise<readonly HopBacklog[]> {
  const hops = new Map<string, Counted>();
  for await (const item of everyRow(table)) {
    const hop = item[shape.hop]?.S ?? '';
    const counted = hops.get(hop) ?? {
      rows: 0,
      held: 0,
      oldest: Number.POSITIVE_INFINITY,
      soonest: Number.POSITIVE_INFINITY,
      errors: new Map(),
    };
    hops.set(hop, counted);
    count(counted, item);
  }
  return [...hops].map(([hop, { rows, held, oldest, soonest, errors }]): HopBacklog => {
    const [worst] = [...errors].toSorted(([, a], [, b]) => b - a);
    return {
      nextHop: hopOf(hop),
      rows,
      held,
      oldest,
      ...(Number.isFinite(soonest) ? { soonest } : {}),
      ...(worst === undefined ? {} : { error: { text: worst[0], rows: worst[1] } }),
    };
  });
}

function count(counted: Counted, item: Attributes): void {
  counted.rows += 1;
  counted.oldest = Math.min(counted.oldest, Number(item[shape.acceptedAt]?.N));
  if (item[shape.held]?.BOOL === true) counted.held += 1;
  else counted.soonest = Math.min(counted.soonest, Number(item[shape.readyAt]?.N));
  const error = item[shape.lastError]?.S;
  if (error !== undefined) counted.errors.set(error, (counted.errors.get(error) ?? 0) + 1);
}
