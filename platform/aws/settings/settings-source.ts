import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SettingsSource, SettingsVersion } from '../../../core/settings/settings-source.ts';
import type { Clock } from '../../../core/values/clock.ts';
import { type Attributes, text, wholeNumber } from '../dynamodb/attributes.ts';
import { slotTableShape as shape } from '../table-shapes.ts';

const lookEvery = 5_000; // ms; a change holds in every process within 15 s

export interface DynamoSettingsDeps {
  readonly client: DynamoDBClient;
  /** That of the slots. */
  readonly table: string;
  readonly clock: Clock;
}

const key = { [shape.partitionKey]: { S: shape.settingsKey } };

/** Set values as one versioned item, so that a process never sees half of a change, and a hundred parameters cost one read. */
export function dynamoSettingsSource({ client, table, clock }: DynamoSettingsDeps): SettingsSource {
  const item = settingsItem({ client, table });
  return {
    read: item.read,
    async write(changes) {
      for (;;) {
        const before = await item.read();
        if (await item.replace(before, changed(before.values, changes))) return;
      }
    },
    watch(listener) {
      const stopped = new AbortController();
      void follow(item.read, listener, clock, stopped.signal);
      return () => stopped.abort();
    },
  };
}

/** The one item, for whoever decides from what stands there what shall stand there. */
export interface SettingsItem {
  read(): Promise<SettingsVersion>;
  /** @param before as it was read. @returns false, with nothing done, when another wrote meanwhile */
  replace(before: SettingsVersion, values: SettingsVersion['values']): Promise<boolean>;
}

export const settingsItem = ({ client, table }: Omit<DynamoSettingsDeps, 'clock'>): SettingsItem => ({
  read: async () => {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
    return Item === undefined ? { version: 0, values: new Map() } : versionOf(Item);
  },
  replace: (before, values) => replaced(client, table, before.version, { version: before.version + 1, values }),
});

/** A read that fails is made up for by the next one. */
async function follow(
  read: () => Promise<SettingsVersion>,
  listener: (now: SettingsVersion) => void,
  clock: Clock,
  stopped: AbortSignal,
): Promise<void> {
  let seen: number | undefined;
  while (!stopped.aborted) {
    const now = await read().catch(() => undefined);
    if (now !== undefined && !stopped.aborted && now.version !== seen) {
      if (seen !== undefined) listener(now);
      seen = now.version;
    }
    await clock.sleep(lookEvery, stopped);
  }
}

/** @returns false when another wrote meanwhile */
async function replaced(client: DynamoDBClient, table: string, from: number, { version, values }: SettingsVersion): Promise<boolean> {
  const texts = Object.fromEntries([...values].map(([name, value]) => [name, { S: value }]));
  const condition =
    from === 0
      ? { ConditionExpression: 'attribute_not_exists(#v)', ExpressionAttributeNames: { '#v': shape.version } }
      : {
          ConditionExpression: '#v = :from',
          ExpressionAttributeNames: { '#v': shape.version },
          ExpressionAttributeValues: { ':from': { N: String(from) } },
        };
  const Item = { ...key, [shape.version]: { N: String(version) }, [shape.values]: { M: texts } };
  try {
    await client.send(new PutItemCommand({ TableName: table, Item, ...condition }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function changed(values: ReadonlyMap<string, string>, changes: ReadonlyMap<string, string | undefined>): ReadonlyMap<string, string> {
  const after = new Map(values);
  for (const [name, value] of changes) {
    if (value === undefined) after.delete(name);
    else after.set(name, value);
  }
  return after;
}

const versionOf = (item: Attributes): SettingsVersion => ({
  version: wholeNumber(item[shape.version], 'settings version'),
  values: new Map(Object.entries(item[shape.values]?.M ?? {}).map(([name, value]) => [name, text(value, `setting ${name}`)])),
});
