import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { openClient, openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { openBodyClient } from '../../platform/aws/s3/body-objects.ts';
import { objectOctets } from '../../platform/aws/s3/object-octets.ts';
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
  send(command: any, options: { requestTimeout?: number; abortSignal?: AbortSignal }): Promise<unknown>;
  readonly config: {
    readonly maxAttempts: () => Promise<number>;
    readonly requestHandler: {
      httpHandlerConfigs?(): { connectionTimeout?: number; requestTimeout?: number; socketTimeout?: number };
      updateHttpClientConfig?(key: 'socketTimeout', value: number): void;
    };
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

describe('a service of AWS that begins its answer and says no more', () => {
  const open = new Set<Socket>();
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 1000\r\n\r\n{"Item":';
  const breaking = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => socket.write(head));
  });
  let endpoint = '';
  before(async () => {
    breaking.listen(0, '127.0.0.1');
    await once(breaking, 'listening');
    endpoint = `http://127.0.0.1:${(breaking.address() as AddressInfo).port}`;
  });
  after(() => {
    for (const socket of open) socket.destroy();
    breaking.close();
  });

  for (const { name, open: opened, command } of clients.filter(({ name }) => name !== 'slots' && name !== 'bodies')) {
    it(`is an error for those who use ${name}`, async () => {
      const client = opened(endpoint) as Sender;
      const { requestHandler } = client.config;
      await client.send(command, { abortSignal: AbortSignal.timeout(20) }).catch(() => {}); // what the handler is set up with is known from here on
      assert.equal(requestHandler.httpHandlerConfigs?.().socketTimeout, 5_000);
      requestHandler.updateHttpClientConfig?.('socketTimeout', 20);
      await assert.rejects(client.send(command, {}));
      client.destroy();
    });
  }

  it('is an error for who reads a body, and one who reads slowly is given his time', async () => {
    const client = openBodyClient(endpoint);
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'mail', Key: 'k' }));
    const octets = objectOctets(Body as Readable, 50);
    assert.equal(Buffer.from((await octets.next()).value ?? []).toString(), '{"Item":');
    await assert.rejects(octets.next(), { name: 'ObjectSilent' });
    client.destroy();

    const slowly = objectOctets(Readable.from([Buffer.from('one'), Buffer.from('two')]), 50);
    assert.equal(String((await slowly.next()).value), 'one');
    await sleep(120);
    assert.equal(String((await slowly.next()).value), 'two');
    assert.equal((await slowly.next()).done, true);
  });
});
