import type { NextHop } from '../../../core/delivery/spool.ts';
import { hopText, type SpoolKey } from '../../../core/delivery/spool-key.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';

export const keyAttributes = ({ message, part }: SpoolKey) => ({
  [shape.partitionKey]: { S: message },
  [shape.sortKey]: { N: String(part) },
});

/** Ids are random at their end; any even spread does. */
function shardOf({ message, part }: SpoolKey, shards: number): number {
  let sum = part;
  for (let i = 0; i < message.length; i += 1) sum = (sum * 31 + message.charCodeAt(i)) % 65_521;
  return sum % shards;
}

export const hopKeyOf = (hop: NextHop, key: SpoolKey): string => `${hopText(hop)}#${shardOf(key, shape.hopShards)}`;
export const hopKeys = (hop: NextHop): readonly string[] =>
  Array.from({ length: shape.hopShards }, (_, shard) => `${hopText(hop)}#${shard}`);
export const dueKeyOf = (key: SpoolKey): string => String(shardOf(key, shape.dueShards));
export const dueKeys: readonly string[] = Array.from({ length: shape.dueShards }, (_, shard) => String(shard));
