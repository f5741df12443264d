import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { openPatientClient } from './dynamodb/client.ts';
import { openBodyClient } from './s3/body-objects.ts';

/** One client of each service that all adapters of a process share: each keeps connections of its own. */
export interface StageClients {
  readonly dynamo: DynamoDBClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly manager: SecretsManagerClient;
  close(): void;
}

/** @param endpoint one for all services, for emulators. @default that of each service in the Region */
export function openStageClients(endpoint?: string): StageClients {
  const at = endpoint === undefined ? {} : { endpoint };
  const clients = {
    dynamo: openPatientClient(at),
    s3: openBodyClient(endpoint),
    sqs: new SQSClient({ ...at, useQueueUrlAsEndpoint: endpoint === undefined }),
    manager: new SecretsManagerClient(at),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
