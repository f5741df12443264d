import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { isProcessName } from '../../../core/observe/process-facts.ts';
import type { Clock } from '../../../core/values/clock.ts';
import { answered } from '../dynamodb/answered.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { ItemTable } from '../dynamodb/item-table.ts';
import { mailTableShape as shape } from '../mail-shapes.ts';
import type { TalkAddress } from './watchers.ts';

/** A process that can be talked to. */
export interface ListedProcess {
  /** The task's id. */
  readonly name: string;
  readonly address: TalkAddress;
  /** What is said to it is sealed with: 32 random octets that it made itself. */
  readonly key: Buffer;
}

/** Where processes of a stage find each other. Who may read it may talk to them. */
export interface ProcessDirectory {
  /** Tells the others where this process is, for `listedFor` ms from now. */
  enter(process: ListedProcess): Promise<void>;
  leave(name: string): Promise<void>;
  /** Those that entered within `listedFor`, at most `mostProcesses`; one that died since may be among them. */
  all(): Promise<readonly ListedProcess[]>;
}

/** ms. A process enters again three times within it, so that one lost write takes nobody off the list. */
export const listedFor = 180_000;
export const enterEvery = 60_000; // ms
const mostProcesses = 200;
const keyOctets = 32;

export interface ProcessDirectoryDeps {
  readonly client: DynamoDBClient;
  /** The table of mail: whoever is not to read mail is not to talk to those who serve it either. */
  readonly table: string;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * An item per process, all in one partition: `processes · name · address · key · until`. Costs one write unit a minute and process; the list is
 * one Query of about 100 octets a process.
 */
export function dynamoProcessDirectory({ client, table, clock }: ProcessDirectoryDeps): ProcessDirectory {
  const items = new ItemTable(client, table);
  return {
    async enter({ name, address, key }) {
      const x = new Expression();
      const until = clock.now() + listedFor;
      const sets = [
        `${x.name(shape.talkAddress)} = ${x.text(address)}`,
        `${x.name(shape.talkKey)} = ${x.value({ B: key })}`,
        `${x.name(shape.listedUntil)} = ${x.number(until)}`,
        `${x.name(shape.expiry)} = ${x.number(Math.ceil(until / 1000))}`,
      ];
      await items.update({ ...keyOf(name), ...named(x), UpdateExpression: `SET ${sets.join(', ')}` });
    },
    async leave(name) {
      const x = new Expression();
      // Not removed: the roles of tasks need no right to delete for it, and TTL does.
      const change = `SET ${x.name(shape.listedUntil)} = ${x.number(0)}, ${x.name(shape.expiry)} = ${x.number(Math.ceil(clock.now() / 1000))}`;
      await items.update({ ...keyOf(name), ...named(x), UpdateExpression: `${change} REMOVE ${x.name(shape.talkKey)}` });
    },
    async all() {
      const x = new Expression();
      const where = `${x.name(shape.partitionKey)} = ${x.text(shape.processes)}`;
      // What is over is left out here and not by a Limit, which would count what TTL has not swept yet: one page is some thousands.
      const FilterExpression = `${x.name(shape.listedUntil)} > ${x.number(clock.now())}`;
      const command = new QueryCommand({ TableName: table, KeyConditionExpression: where, FilterExpression, ...named(x) });
      const { Items = [] } = await answered((sending) => client.send(command, sending));
      return Items.flatMap((item) => listed(item) ?? []).slice(0, mostProcesses);
    },
  };
}

const keyOf = (name: string): { readonly Key: Record<string, AttributeValue> } => ({
  Key: { [shape.partitionKey]: { S: shape.processes }, [shape.sortKey]: { S: name } },
});

const named = (x: Expression) => ({ ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values });

/** @returns undefined for what another version of Mailweir wrote in another way */
function listed(item: Attributes): ListedProcess | undefined {
  const name = item[shape.sortKey]?.S;
  const address = item[shape.talkAddress]?.S;
  const key = item[shape.talkKey]?.B;
  if (!isProcessName(name) || typeof name !== 'string' || address === undefined || key?.length !== keyOctets) return undefined;
  return { name, address, key: Buffer.from(key) };
}
