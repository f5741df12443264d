import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { openClient, openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { openBodyClient } from '../../platform/aws/s3/body-objects.ts';
import { openSecretsClient } from '../../platform/aws/secrets/client.ts';
import { openParameterClient } from '../../platform/aws/settings/parameters.ts';
import { openMappingClient } from '../../platform/aws/settings/session-mapping.ts';
import { openQueueClient } from '../../platform/aws/sqs/client.ts';

// Of nobody: without these the SDK would look for some at addresses outside of this machine.
process.env.AWS_REGION ??= 'us-east-1';
process.env.AWS_ACCESS_KEY_ID ??= 'test';
process.env.AWS_SECRET_ACCESS_KEY ??= 'test';

/** What differs from one client to the next is of no concern here. */
interface Sender {
  // biome-ignore lint/suspicious/noExplicitAny: each client takes commands of its own service only
  send(command: any, options: { requestTimeout: number }): Promise<unknown>;
  readonly config: {
    readonly maxAttempts: () => Promise<number>;
    readonly requestHandler: { httpHandlerConfigs?(): { connectionTimeout?: number; requestTimeout?: number } };
  };
  destroy(): void;
}

/** Longest time in all, s: what waits for it, or makes up for it, is said where each client is made. */
const clients: readonly {
  readonly name: string;
  readonly open: (endpoint: string) => unknown;
  readonly command: unknown;
  readonly most: number;
}[] = [
  { name: 'slots', open: (endpoint) => openClient({ endpoint }), command: itemOf(), most: 2 },
  { name: 'tables', open: (endpoint) => openPatientClient({ endpoint }), command: itemOf(), most: 30 },
  { name: 'bodies', open: openBodyClient, command: new GetObjectCommand({ Bucket: 'mail', Key: 'k' }), most: 100 },
  {
    name: 'wake-ups',
    open: openQueueClient,
    command: new SendMessageCommand({ QueueUrl: 'http://127.0.0.1/q', MessageBody: '{}' }),
    most: 30,
  },
  { name: 'secrets', open: openSecretsClient, command: new GetSecretValueCommand({ SecretId: 's' }), most: 30 },
  { name: 'parameters', open: openParameterClient, command: new GetParameterCommand({ Name: '/p' }), most: 60 },
  { name: 'the mapping', open: openMappingClient, command: new GetEventSourceMappingCommand({ UUID: 'u' }), most: 30 },
];

function itemOf(): GetItemCommand {
  return new GetItemCommand({ TableName: 't', Key: { pk: { S: 'k' } } });
}

describe('a service of AWS that takes connections and says nothing', () => {
  const open = new Set<Socket>();
  const silent = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  let endpoint = '';
  before(async () => {
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  });
  after(() => {
    for (const socket of open) socket.destroy();
    silent.close();
  });

  for (const { name, open: opened, command, most } of clients) {
    it(`is an error for those who use ${name}, after tries of which there are so many and each is so long`, async () => {
      const client = opened(endpoint) as Sender;
      const tries = await client.config.maxAttempts();
      // Every try as short as this, so that the test is: how long each is otherwise is looked at below.
      await assert.rejects(client.send(command, { requestTimeout: 20 }), (error: { name?: string; $metadata?: { attempts?: number } }) => {
        assert.equal(error.name, 'TimeoutError');
        assert.equal(error.$metadata?.attempts, tries);
        return true;
      });
      const { connectionTimeout = 0, requestTimeout = 0 } = client.config.requestHandler.httpHandlerConfigs?.() ?? {};
      assert.ok(connectionTimeout > 0 && requestTimeout > 0);
      assert.ok((tries * (connectionTimeout + requestTimeout)) / 1000 <= most, `${tries} × (${connectionTimeout} + ${requestTimeout}) ms`);
      client.destroy();
    });
  }
});
