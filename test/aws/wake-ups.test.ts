import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { parseWakeUp, queueDispatcher } from '../../platform/aws/sqs/wake-ups.ts';
import { remote } from '../contract/spool-worlds.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

const silent = { event: () => {}, failure: () => {} };

describe('wake-ups through SQS', { skip: noEndpoint }, () => {
  it('reach the queue of outbound sessions or of local deliveries, as many as are to start', async (t) => {
    const client = new SQSClient({ endpoint: endpoint ?? '', useQueueUrlAsEndpoint: false });
    t.after(() => client.destroy());
    const make = async () => (await client.send(new CreateQueueCommand({ QueueName: `mailweir-test-${randomUUID()}` }))).QueueUrl ?? '';
    const queues = { outbound: await make(), local: await make() };
    const dispatcher = queueDispatcher({ client, queues, log: silent });
    dispatcher.wakeHop(remote, 12);
    dispatcher.wakeHop({ kind: 'local' }, 1);
    await dispatcher.settled();
    const received = async (QueueUrl: string) => {
      const bodies: string[] = [];
      for (;;) {
        const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        if (Messages.length === 0) return bodies;
        bodies.push(...Messages.flatMap(({ Body }) => Body ?? []));
      }
    };
    assert.deepEqual(
      (await received(queues.outbound)).map(parseWakeUp),
      Array.from({ length: 12 }, () => ({ nextHop: remote })),
    );
    assert.deepEqual((await received(queues.local)).map(parseWakeUp), [{ nextHop: { kind: 'local' } }]);
  });
});

describe('a wake-up that was not ours', () => {
  it('is refused, and the fault shows it', () => {
    for (const body of [
      '{}',
      'null',
      '{"nextHop":{"kind":"domain"}}',
      '{"nextHop":{"kind":"elsewhere"}}',
      `{"nextHop":{"kind":"domain","domain":"${'x'.repeat(300)}"}}`,
    ])
      assert.throws(() => parseWakeUp(body), /names no next hop/);
    assert.throws(() => parseWakeUp('not json'), SyntaxError);
  });

  it('could not be sent: that is told, and nothing is thrown', async () => {
    const told: string[] = [];
    const client = { send: () => Promise.reject(new Error('no network')) } as unknown as SQSClient;
    const dispatcher = queueDispatcher({
      client,
      queues: { outbound: 'o', local: 'l' },
      log: { ...silent, failure: (name) => void told.push(name) },
    });
    dispatcher.wakeHop(remote, 1);
    await dispatcher.settled();
    assert.deepEqual(told, ['wake-up-failed']);
  });
});
