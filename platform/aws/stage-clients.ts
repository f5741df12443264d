import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { openPatientClient } from './dynamodb/client.ts';
import { openBodyClient } from './s3/body-objects.ts';
import { openSecretsClient } from './secrets/client.ts';
import { openQueueClient } from './sqs/client.ts';

/** One client of each service that all adapters of a process share: each keeps connections of its own. None waits without end for a service that is silent. */
export interface StageClients {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly manager: SecretsManagerClient;
  close(): void;
}

/** @param endpoint one for all services, for emulators. @default that of each service in the Region */
export function openStageClients(endpoint?: string): StageClients {
  const clients = {
    dynamo: openPatientClient(endpoint === undefined ? {} : { endpoint }),
    s3: openBodyClient(endpoint),
    sqs: openQueueClient(endpoint),
    manager: openSecretsClient(endpoint),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
