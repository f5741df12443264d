import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import type { Attributes } from './attributes.ts';

export type Applied = { readonly applied: true; readonly item: Attributes | undefined };
/** The condition did not hold. `repeated`: it was sent more than once, so that an earlier copy may be why. */
export type Refused = { readonly applied: false; readonly item: Attributes | undefined; readonly repeated: boolean };

const conflictTries = 8;

/** One conditional write, by a client that repeats by itself what failed. It is sent again when a transaction was under way over the same item. */
export async function answer(send: () => Promise<Attributes | undefined>): Promise<Applied | Refused> {
  for (let left = conflictTries; ; left -= 1) {
    try {
      return { applied: true, item: await send() };
    } catch (error) {
      if (error instanceof TransactionConflictException && left > 1) continue;
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { applied: false, item: error.Item, repeated: (error.$metadata.attempts ?? 1) > 1 };
    }
  }
}
