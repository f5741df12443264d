import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** ms for one whole call of the store, tries of our own included: what waits for it is a client's greeting. */
export const callTime = 800;

export interface ClientOptions {
  /** @default AWS_ENDPOINT_URL_DYNAMODB, or that of the Region */
  readonly endpoint?: string;
}

/**
 * A client of DynamoDB for single small items: it fails early and never repeats a request by itself. What may be repeated is decided where
 * the meaning of a request is known. Region and credentials come from the environment.
 */
export function openClient({ endpoint }: ClientOptions = {}): DynamoDBClient {
  const sockets = { keepAlive: true, maxSockets: 200 }; // the SDK's 50 would make a reconnect storm stand in line
  return new DynamoDBClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 300,
      requestTimeout: callTime,
      throwOnRequestTimeout: true, // by default the SDK only logs that time is up
      httpAgent: sockets,
      httpsAgent: sockets,
    },
  });
}

/** Tells the Date header of every reply of DynamoDB, refusals and errors included. @param steady ms */
export function onReply(client: DynamoDBClient, steady: () => number, replied: (date: string | undefined, sentAt: number) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = steady();
      const result = await next(args);
      replied(dateOf(result.response), sentAt);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'storeTime' }, // inside of what turns a reply with a 400 into an error
  );
}

/** Only of replies that DynamoDB gave a request id: what something on the way made has that one's clock. */
function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('x-amzn-requestid' in headers) || !('date' in headers)) return undefined;
  return typeof headers.date === 'string' ? headers.date : undefined;
}

/** A client for work that nobody at a socket waits for: the SDK repeats what failed. All writes sent by it must be safe to repeat. */
export function openPatientClient({ endpoint }: ClientOptions = {}): DynamoDBClient {
  const sockets = { keepAlive: true, maxSockets: 200 };
  return new DynamoDBClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 5,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 5_000,
      socketTimeout: 5_000, // requestTimeout ends with the first line of an answer
      throwOnRequestTimeout: true,
      httpAgent: sockets,
      httpsAgent: sockets,
    },
  });
}
