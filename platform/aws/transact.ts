import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';

const transactionTries = 8;
/** Reasons that are over in a moment: another write to the same item was under way. */
const passing: readonly string[] = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * All or nothing, on one table or several.
 * @param token names this transaction: a copy that comes later does nothing. undefined: it may be applied again
 * @returns indexes of the writes whose condition did not hold; none when it is done
 */
export async function transact(
  client: DynamoDBClient,
  token: string | undefined,
  writes: readonly TransactWriteItem[],
): Promise<readonly number[]> {
  const named = token === undefined ? {} : { ClientRequestToken: token };
  for (let left = transactionTries; ; left -= 1) {
    try {
      await client.send(new TransactWriteItemsCommand({ ...named, TransactItems: [...writes] }));
      return [];
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      const refused = reasons.flatMap((code, i) => (code === 'ConditionalCheckFailed' ? [i] : []));
      if (refused.length > 0) return refused;
      if (left === 1 || !reasons.every((code) => code === undefined || code === 'None' || passing.includes(code))) throw error;
    }
  }
}
