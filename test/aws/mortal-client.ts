import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';

/** The process is gone: nothing that it would have done after this happens. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

export interface MortalClient {
  readonly client: DynamoDBClient;
  /** Requests that were begun. */
  readonly begun: () => number;
}

/** The client of a process that dies at its n-th request: before it is sent, or when it was answered. */
export function mortalClient(endpoint: string, n: number, when: 'before' | 'after'): MortalClient {
  const client = openPatientClient({ endpoint });
  let begun = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      begun += 1;
      if (begun > n || (begun === n && when === 'before')) throw new ProcessDied(`at request ${begun}`);
      const result = await next(args);
      if (begun >= n && when === 'after') throw new ProcessDied(`after request ${begun}`);
      return result;
    },
    { step: 'initialize', name: 'mortal' },
  );
  return { client, begun: () => begun };
}
