import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  type QueryCommandInput,
  type QueryCommandOutput,
  type TransactWriteItem,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { itemSize, readUnits, writeUnits } from '../../platform/aws/dynamodb/write-units.ts';

export interface Units {
  readonly read: number;
  readonly written: number;
  readonly requests: number;
}

export interface MeteredClient {
  readonly client: DynamoDBClient;
  /** What this cost. */
  units(work: () => Promise<unknown>): Promise<Units>;
}

/**
 * Counts capacity units by AWS's rule from the items as they are, because emulators count flat ones: whatever is read or written is looked up by
 * another client, before and after.
 */
export function meteredClient(endpoint: string): MeteredClient {
  const [client, beside] = [openPatientClient({ endpoint }), openPatientClient({ endpoint })];
  const sum = { read: 0, written: 0, requests: 0 };
  const item = async (TableName: string | undefined, Key: Record<string, AttributeValue> | undefined) =>
    (await beside.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;

  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        sum.requests += 1;
        if (commandName === 'GetItemCommand') {
          const { TableName, Key } = args.input as GetItemCommandInput;
          const found = await item(TableName, Key);
          sum.read += readUnits(found, true);
        }
        if (commandName === 'TransactWriteItemsCommand')
          return await transaction(args.input as TransactWriteItemsCommandInput, () => next(args));
        const result = await next(args);
        if (commandName === 'QueryCommand')
          sum.read += queryUnits(args.input as QueryCommandInput, result.output as unknown as QueryCommandOutput);
        return result;
      },
    { step: 'initialize', name: 'metered' },
  );

  /** Each item of a transaction is written twice: once to prepare it, once to commit it. */
  async function transaction<T>({ TransactItems = [] }: TransactWriteItemsCommandInput, send: () => Promise<T>): Promise<T> {
    const targets = TransactItems.map(targetOf);
    const before = await Promise.all(targets.map(({ table, key }) => item(table, key)));
    const result = await send();
    const after = await Promise.all(targets.map(({ table, key }) => item(table, key)));
    for (const [i] of targets.entries()) sum.written += 2 * writeUnits(before[i], after[i]);
    return result;
  }

  return {
    client,
    async units(work) {
      const { ...before } = sum;
      await work();
      return { read: sum.read - before.read, written: sum.written - before.written, requests: sum.requests - before.requests };
    },
  };
}

function targetOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem) {
  const key = (Update ?? Delete ?? ConditionCheck)?.Key ?? {
    pk: Put?.Item?.pk ?? { S: '' },
    ...(Put?.Item?.sk ? { sk: Put.Item.sk } : {}),
  };
  return { table: (Put ?? Update ?? Delete ?? ConditionCheck)?.TableName, key };
}

/** All items of a page together, in whole 4 KB; half of it when it need not be consistent. */
function queryUnits({ ConsistentRead }: QueryCommandInput, { Items = [] }: QueryCommandOutput): number {
  const whole = Math.max(1, Math.ceil(Items.reduce((size, one) => size + itemSize(one), 0) / 4096));
  return ConsistentRead === true ? whole : whole / 2;
}
