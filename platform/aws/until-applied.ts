import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamoDBClient, TransactionCanceledException, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { transact } from './transact.ts';

const tries = 30;
const longestPause = 400; // ms

/** What is to be written, from what was just read, and what is answered when it is; or an answer alone; or that what was read makes no sense yet. */
export type Attempt<T> = { readonly writes: readonly TransactWriteItem[]; readonly done: T } | { readonly answer: T } | 'again';

/**
 * Reads and writes on condition that what was read is still so, again while others were faster. Each round somebody's change was made, so that
 * many who change the same item all come to their turn.
 * @param attempt reads, and tells what to write
 */
export async function untilApplied<T>(client: DynamoDBClient, attempt: () => Promise<Attempt<T>>): Promise<T> {
  for (let left = tries; ; left -= 1) {
    const made = await attempt();
    if (made !== 'again') {
      if ('answer' in made) return made.answer;
      if (await applied(client, made.writes, left === 1)) return made.done;
    }
    if (left === 1) throw new Error(`the same items were changed by others ${tries} times`);
    await sleep(Math.random() * Math.min(longestPause, 10 * 2 ** (tries - left)));
  }
}

async function applied(client: DynamoDBClient, writes: readonly TransactWriteItem[], last: boolean): Promise<boolean> {
  try {
    return (await transact(client, undefined, writes)).length === 0;
  } catch (error) {
    // Others wrote the same items all the while; what was read is old by now.
    if (error instanceof TransactionCanceledException && !last) return false;
    throw error;
  }
}
