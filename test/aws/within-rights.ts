import type { AttributeValue, DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';

/** As a template has it, of one table. */
export interface Statement {
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What a request asks for, as IAM knows it. */
interface Part {
  readonly action: string;
  readonly context: Readonly<Record<string, readonly string[] | undefined>>;
}

type Key = Record<string, AttributeValue>;
interface Input {
  readonly TableName?: string;
  readonly Key?: Key;
  readonly Item?: Key;
  readonly ProjectionExpression?: string;
  readonly Select?: string;
  readonly ReturnValues?: string;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
  readonly TransactItems?: readonly TransactWriteItem[];
  readonly RequestItems?: Record<string, Input & { readonly Keys?: readonly Key[] }>;
}

/** Refuses what the statements do not allow on the table, as AWS would: emulators ask nobody for rights. Requests to other tables pass. */
export function keepWithin(client: DynamoDBClient, table: string, statements: readonly Statement[]): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        for (const part of partsOf(commandName.replace(/Command$/, ''), args.input as Input, table)) {
          if (!statements.some((statement) => allows(statement, part))) throw new Error(`no right to ${JSON.stringify(part)}`);
        }
        return await next(args);
      },
    { step: 'initialize', name: 'rights' },
  );
}

const inTransactions: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

function partsOf(operation: string, input: Input, table: string): readonly Part[] {
  if (input.TransactItems !== undefined) {
    const parts = input.TransactItems.flatMap((item) => Object.entries(item) as (readonly [string, Input])[]);
    return parts.flatMap(([name, write]) => partsOf(inTransactions[name] ?? name, write, table));
  }
  if (input.RequestItems !== undefined) {
    const asked = input.RequestItems[table];
    if (asked === undefined) return [];
    if (asked.Keys === undefined) throw new Error(`${operation} is not looked into`);
    return [partOf(operation, asked, asked.Keys.map(partitionOf))];
  }
  if (input.TableName !== table) return [];
  const key = input.Key ?? input.Item;
  return [partOf(operation, input, key === undefined ? partitionAsked(input) : [partitionOf(key)])];
}

function partOf(
  operation: string,
  { ProjectionExpression: only, Select, ReturnValues, ExpressionAttributeNames: names = {} }: Input,
  keys: readonly string[],
): Part {
  const context = {
    'dynamodb:LeadingKeys': keys,
    'dynamodb:Attributes': only?.split(', ').map((name) => names[name] ?? name),
    'dynamodb:Select': Select === undefined ? undefined : [Select],
    'dynamodb:ReturnValues': ReturnValues === undefined ? undefined : [ReturnValues],
  };
  return { action: `dynamodb:${operation}`, context };
}

const partitionOf = (key: Key): string => key.pk?.S ?? '';

function partitionAsked({ KeyConditionExpression = '', ExpressionAttributeValues: values = {} }: Input): readonly string[] {
  const [, name = ''] = /^#\w+ = (:\w+)/.exec(KeyConditionExpression) ?? [];
  const partition = values[name]?.S;
  return partition === undefined ? [] : [partition];
}

const allows = ({ Action, Condition = {} }: Statement, { action, context }: Part): boolean =>
  [Action].flat().includes(action) &&
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, context[key], [wanted].flat())),
  );

function holds(operator: string, values: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const isLike = (value: string): boolean => wanted.some((one) => (one.endsWith('*') ? value.startsWith(one.slice(0, -1)) : value === one));
  switch (operator) {
    case 'Null':
      return String((values ?? []).length === 0) === wanted[0];
    case 'ForAllValues:StringLike':
      return (values ?? []).every(isLike);
    case 'ForAllValues:StringEquals':
    case 'StringEqualsIfExists':
      return (values ?? []).every((value) => wanted.includes(value));
    default:
      throw new Error(`no condition of ours: ${operator}`);
  }
}
