import type { NextHop } from '../../../core/delivery/spool.ts';
import type { SpoolId, SpoolRowId } from '../../../core/values/ids.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';

/** Key of a row: the message, and which of its next hops. */
export interface SpoolKey {
  readonly message: SpoolId;
  readonly part: number;
}

/** `<message>.<part>`: whoever has the id of the `250` line finds its rows. */
export const spoolRowId = ({ message, part }: SpoolKey): SpoolRowId => `${message}.${part}` as SpoolRowId;

/** @returns undefined for a text that names no row of ours */
export function parseSpoolRowId(id: SpoolRowId): SpoolKey | undefined {
  const [, message, part] = /^([0-9A-Z]{1,64})\.(\d{1,6})$/i.exec(id) ?? [];
  return message === undefined ? undefined : { message: message as SpoolId, part: Number(part) };
}

export const keyAttributes = ({ message, part }: SpoolKey) => ({
  [shape.partitionKey]: { S: message },
  [shape.sortKey]: { N: String(part) },
});

/** No domain is empty, so the empty text is the local hop. */
export const hopText = (hop: NextHop): string => (hop.kind === 'local' ? '' : hop.domain);
export const hopOf = (text: string): NextHop => (text === '' ? { kind: 'local' } : { kind: 'domain', domain: text });

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
