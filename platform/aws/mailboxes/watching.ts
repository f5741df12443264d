import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Modseq } from '../../../core/values/uid.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { type Applied, answer, type Refused } from '../dynamodb/conditional.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape, mailboxShape as shape } from '../mail-shapes.ts';
import { areNames } from '../talk/names-watched.ts';
import type { MailboxWatchers, TalkAddress } from '../talk/watchers.ts';
import { rowKey } from './mailbox-row.ts';
import { namesRowKey } from './names-watched.ts';

export interface WatchingDeps {
  readonly client: DynamoDBClient;
  /** The table of mail. */
  readonly table: string;
  readonly clock: Clock;
}

/** Processes that watch one mailbox at most: each is some 30 octets of the row, which every change writes. Others ask now and then. */
const mostWatchers = 16;

/**
 * A watcher's entry is written with the row's version: a change that was prepared before it is refused, reads again and meets it. Entries whose time
 * is over are removed by whoever registers.
 */
export function dynamoMailboxWatchers({ client, table, clock }: WatchingDeps): MailboxWatchers {
  const read = async (mailbox: MailboxId, projected?: string): Promise<Attributes | undefined> => {
    const only = projected === undefined ? {} : { ProjectionExpression: '#a', ExpressionAttributeNames: { '#a': projected } };
    return (await client.send(new GetItemCommand({ TableName: table, Key: keyOf(mailbox), ConsistentRead: true, ...only }))).Item;
  };
  return {
    async register(mailbox, at, until) {
      for (let item = await read(mailbox); ; ) {
        if (item === undefined) {
          if (!areNames(mailbox)) return 'gone';
          if (await begun(client, table, mailbox, at, until)) return { modseq: neverChanged };
          item = await read(mailbox);
          continue;
        }
        const entries = Object.entries(item[shape.watchers]?.M ?? {});
        const others = entries.filter(([other, entry]) => other !== at && Number(entry.N) > clock.now());
        if (others.length >= mostWatchers) return 'full';
        const written = await replaced(client, table, mailbox, item, [...others.map(([other]) => other), at], { [at]: until });
        if (written.applied) return { modseq: modseqOf(item) };
        item = written.item;
      }
    },

    async unregister(mailbox, at) {
      for (let item = await read(mailbox); item?.[shape.watchers]?.M?.[at] !== undefined; ) {
        const others = Object.keys(item[shape.watchers]?.M ?? {}).filter((other) => other !== at);
        const written = await replaced(client, table, mailbox, item, others, {});
        if (written.applied) return;
        item = written.item;
      }
    },

    async modseqOf(mailbox) {
      const item = await read(mailbox, shape.highestModseq);
      return item === undefined && areNames(mailbox) ? neverChanged : item && modseqOf(item);
    },
  };
}

const keyOf = (watched: MailboxId): Attributes => (areNames(watched) ? namesRowKey(watched) : rowKey(watched));
const neverChanged = 0n as Modseq;
/** What is left of a row that nobody renews goes a day later, seconds. */
const dayOfGrace = 86_400;

const modseqOf = (item: Attributes): Modseq => BigInt(item[shape.highestModseq]?.N ?? '') as Modseq;

/** Writes the watchers anew, when the row is still as it was read. @param kept addresses; times are those of the row, unless `times` has one */
async function replaced(
  client: DynamoDBClient,
  table: string,
  mailbox: MailboxId,
  item: Attributes,
  kept: readonly TalkAddress[],
  times: Readonly<Record<TalkAddress, number>>,
): Promise<Applied | Refused> {
  const x = new Expression();
  const before = item[shape.watchers]?.M ?? {};
  const watchers = Object.fromEntries(kept.map((at) => [at, at in times ? { N: String(times[at]) } : (before[at] ?? { N: '0' })]));
  const version = Number(item[shape.version]?.N);
  const last = Math.max(0, ...Object.values(watchers).map(({ N }) => Number(N)));
  const expiry = areNames(mailbox) ? `, ${x.name(mailTableShape.expiry)} = ${x.number(Math.ceil(last / 1000) + dayOfGrace)}` : '';
  const command = new UpdateItemCommand({
    TableName: table,
    Key: keyOf(mailbox),
    UpdateExpression: `SET ${x.name(shape.watchers)} = ${x.value({ M: watchers })}, ${x.name(shape.version)} = ${x.number(version + 1)}${expiry}`,
    ConditionExpression: `attribute_exists(${x.name(mailTableShape.partitionKey)}) AND ${x.name(shape.version)} = ${x.number(version)}`,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  return await answer(async () => (await client.send(command)).Attributes);
}

/** The row of somebody's names is made by the first who watches them. @returns false when another was faster */
async function begun(client: DynamoDBClient, table: string, names: MailboxId, at: TalkAddress, until: number): Promise<boolean> {
  const Item = {
    ...keyOf(names),
    [shape.version]: { N: '1' },
    [shape.highestModseq]: { N: String(neverChanged) },
    [shape.watchers]: { M: { [at]: { N: String(until) } } },
    [mailTableShape.expiry]: { N: String(Math.ceil(until / 1000) + dayOfGrace) },
  };
  const absent = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': mailTableShape.partitionKey } };
  try {
    await client.send(new PutItemCommand({ TableName: table, Item, ...absent }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
