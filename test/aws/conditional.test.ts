import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { answer } from '../../platform/aws/dynamodb/conditional.ts';
import { transact } from '../../platform/aws/transact.ts';

const conflict = (): Error => new TransactionConflictException({ message: 'under way', $metadata: {} });
const canceled = (...codes: readonly string[]): Error =>
  new TransactionCanceledException({ message: 'canceled', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });

/** Fails with each of these in turn, and then answers. */
const failing = <T>(faults: readonly Error[], result: T) => {
  const left = [...faults];
  const calls = { count: 0 };
  const send = async (): Promise<T> => {
    calls.count += 1;
    const fault = left.shift();
    if (fault !== undefined) throw fault;
    return result;
  };
  return { send, calls };
};

describe('a conditional write', () => {
  it('is sent again while a transaction is under way over its item, and given up when that does not end', async () => {
    const item = { pk: { S: 'x' } };
    const twice = failing([conflict(), conflict()], item);
    assert.deepEqual(await answer(twice.send), { applied: true, item });
    assert.equal(twice.calls.count, 3);
    await assert.rejects(answer(failing(Array.from({ length: 50 }, conflict), item).send), TransactionConflictException);
  });

  it('that is refused tells the item it met, and whether it was sent before', async () => {
    const Item = { pk: { S: 'x' } };
    const refused = (attempts: number) => new ConditionalCheckFailedException({ message: 'no', $metadata: { attempts }, Item });
    assert.deepEqual(await answer(failing([refused(1)], undefined).send), { applied: false, item: Item, repeated: false });
    assert.deepEqual(await answer(failing([refused(2)], undefined).send), { applied: false, item: Item, repeated: true });
  });
});

describe('a transaction', () => {
  const sent = (faults: readonly Error[]) => {
    const { send, calls } = failing(faults, {});
    return { client: { send } as unknown as DynamoDBClient, calls };
  };

  it('is sent again when it met another write, and never when a condition did not hold', async () => {
    const met = sent([canceled('None', 'TransactionConflict')]);
    assert.deepEqual(await transact(met.client, undefined, []), []);
    assert.equal(met.calls.count, 2);
    const refused = sent([canceled('TransactionConflict', 'ConditionalCheckFailed')]);
    assert.deepEqual(await transact(refused.client, undefined, []), [1]);
    assert.equal(refused.calls.count, 1);
  });

  it('that cannot be is thrown, and so is one that meets others for too long', async () => {
    await assert.rejects(transact(sent([canceled('ValidationError')]).client, undefined, []), TransactionCanceledException);
    const always = sent(Array.from({ length: 50 }, () => canceled('TransactionConflict')));
    await assert.rejects(transact(always.client, undefined, []), TransactionCanceledException);
  });
});
