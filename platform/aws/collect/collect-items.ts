import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Remembered } from '../../../core/collect/collect-sources.ts';
import type { Uidl } from '../../../core/collect/maildrop-client.ts';
import {
  parseTlsMode,
  type RunReport,
  type Source,
  type SourceFacts,
  type SourceId,
  type SourceName,
} from '../../../core/collect/source.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { HolderId, SpoolId } from '../../../core/values/ids.ts';
import { type Attributes, optionalText, optionalWhole, text, wholeNumber } from '../dynamodb/attributes.ts';
import { collectTableShape as shape } from '../table-shapes.ts';

export type Key = Record<string, AttributeValue>;

const key = (partition: string, sort: string): Key => ({ [shape.partitionKey]: { S: partition }, [shape.sortKey]: { S: sort } });
export const partitionOf = (id: SourceId): string => shape.sourcePrefix + id;
export const entryKey = (name: SourceName): Key => key(shape.directory, name);
export const sourceKey = (id: SourceId): Key => key(partitionOf(id), shape.source);
export const memoryKey = (id: SourceId, uidl: Uidl): Key => key(partitionOf(id), shape.memoryPrefix + uidl);

export const entryItem = (name: SourceName, id: SourceId): Key => ({ ...entryKey(name), [shape.id]: { S: id } });
export const idOf = (entry: Attributes): SourceId => text(entry[shape.id], 'directory of sources') as SourceId;

const number = (value: number): AttributeValue => ({ N: String(value) });

/** As it is added: due at once. */
export const newSourceItem = (id: SourceId, facts: SourceFacts, now: number): Key => ({
  ...sourceKey(id),
  [shape.name]: { S: facts.name },
  [shape.host]: { S: facts.host },
  [shape.port]: number(facts.port),
  [shape.tls]: { S: facts.tls },
  [shape.user]: { S: facts.user },
  [shape.secret]: { S: facts.secret },
  ...(facts.keep === 'forever' ? {} : { [shape.keep]: number(facts.keep) }),
  [shape.account]: { S: facts.account },
  [shape.dueKey]: { S: shape.due },
  [shape.nextRunAt]: number(now),
  [shape.readyAt]: number(now),
  [shape.failures]: number(0),
  [shape.loginDelay]: number(0),
  [shape.collected]: number(0),
});

/** @throws naming the source and the attribute when the item is none of ours */
export function sourceOf(item: Attributes): Source {
  const id = text(item[shape.partitionKey], 'source key').slice(shape.sourcePrefix.length) as SourceId;
  const at = (what: string): string => `source ${id} ${what}`;
  const lastRun = optionalText(item[shape.lastRun]);
  return {
    ...factsOf(item, at),
    id,
    enabled: item[shape.dueKey] !== undefined,
    nextRunAt: wholeNumber(item[shape.nextRunAt], at('next run')),
    failures: wholeNumber(item[shape.failures], at('failures')),
    loginDelay: wholeNumber(item[shape.loginDelay], at('login delay')),
    collected: wholeNumber(item[shape.collected], at('collected')),
    ...(lastRun === undefined ? {} : { lastRun: JSON.parse(lastRun) as RunReport }),
    ...named('lastSuccessAt', optionalWhole(item[shape.lastSuccessAt], at('last success'))),
    ...named('claimedBy', optionalText(item[shape.claimedBy]) as HolderId | undefined),
    ...named('claimedUntil', optionalWhole(item[shape.claimedUntil], at('claimed until'))),
  };
}

function factsOf(item: Attributes, at: (what: string) => string): SourceFacts {
  const tls = parseTlsMode(text(item[shape.tls], at('TLS mode')));
  if (tls === undefined) throw new Error(`${at('TLS mode')} is none of ours: ${item[shape.tls]?.S}`);
  return {
    name: text(item[shape.name], at('name')) as SourceName,
    host: text(item[shape.host], at('host')),
    port: wholeNumber(item[shape.port], at('port')),
    tls,
    user: text(item[shape.user], at('user')),
    secret: text(item[shape.secret], at('secret')),
    keep: optionalWhole(item[shape.keep], at('keep')) ?? 'forever',
    account: text(item[shape.account], at('account')) as AccountId,
  };
}

const named = <N extends string, T>(name: N, value: T | undefined): { readonly [key in N]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [key in N]?: T };

export const memoryItem = (id: SourceId, uidl: Uidl, what: Remembered): Key => ({ ...memoryKey(id, uidl), ...memoryState(what) });

function memoryState(what: Remembered): Key {
  switch (what.state) {
    case 'begun':
      return { [shape.message]: { S: what.message } };
    case 'collected':
      return { [shape.collectedAt]: number(what.at) };
    case 'too-large':
      return { [shape.octets]: number(what.octets) };
  }
}

/** @throws when the item tells none of the three states */
export function rememberedOf(item: Attributes): readonly [Uidl, Remembered] {
  const sort = text(item[shape.sortKey], 'remembered message');
  const uidl = sort.slice(shape.memoryPrefix.length) as Uidl;
  const at = optionalWhole(item[shape.collectedAt], `remembered message ${sort} collected`);
  if (at !== undefined) return [uidl, { state: 'collected', at }];
  const octets = optionalWhole(item[shape.octets], `remembered message ${sort} octets`);
  if (octets !== undefined) return [uidl, { state: 'too-large', octets }];
  return [uidl, { state: 'begun', message: text(item[shape.message], `remembered message ${sort} id`) as SpoolId }];
}
