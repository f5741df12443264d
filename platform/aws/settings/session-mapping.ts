import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ResourceConflictException,
  ResourceInUseException,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';

/** What Lambda takes for MaximumConcurrency of a queue. */
export const mappingConcurrency = { least: 2, most: 1000 } as const;

/**
 * The function has a minute, and has carried the settings over before it comes to this; the next one, a minute later, finds what is left to do.
 * @param endpoint @default that of the Region
 */
export const openMappingClient = (endpoint?: string): LambdaClient =>
  new LambdaClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, socketTimeout: 5_000, throwOnRequestTimeout: true },
  });

export interface SessionMapping {
  readonly client: Pick<LambdaClient, 'send'>;
  /** UUID of the event source mapping between the queue and the function of outbound sessions. */
  readonly mapping: string;
}

/**
 * Bounds how many invocations Lambda runs at once for outbound sessions. It is the outer bound only: it can't be below 2, and the slots are what is
 * exact. Without it a backlog would start sessions that find no slot, end, and come back from the queue.
 * @param sessions undefined: as many as Lambda likes. @returns whether it was another
 */
export async function boundSessions({ client, mapping }: SessionMapping, sessions: number | undefined): Promise<boolean> {
  const { ScalingConfig } = await client.send(new GetEventSourceMappingCommand({ UUID: mapping }));
  const wanted = sessions === undefined ? undefined : Math.min(mappingConcurrency.most, Math.max(mappingConcurrency.least, sessions));
  if (ScalingConfig?.MaximumConcurrency === wanted) return false;
  const scaling = wanted === undefined ? {} : { MaximumConcurrency: wanted }; // an empty one takes the bound away
  try {
    await client.send(new UpdateEventSourceMappingCommand({ UUID: mapping, ScalingConfig: scaling }));
    return true;
  } catch (error) {
    // An earlier change is not through yet. The next look, a minute later, finds what is left to do.
    if (error instanceof ResourceConflictException || error instanceof ResourceInUseException) return false;
    throw error;
  }
}
