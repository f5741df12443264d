import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Identifier } from '../../core/accounts/acl.ts';
import type { AnnotationSet } from '../../core/mailbox/annotations.ts';
import type { AccountId } from '../../core/values/address.ts';
import { annotationKey, annotationsWrite } from '../../platform/aws/mailboxes/annotation-items.ts';
import { mentionKey, mentionWrites } from '../../platform/aws/mailboxes/mentions.ts';
import { NameTable } from '../../platform/aws/mailboxes/name-table.ts';
import { transact } from '../../platform/aws/transact.ts';
import { SmallDynamo } from './small-dynamo.ts';

const alice = 'alice@example.org' as AccountId;
const bob = 'bob@example.org' as Identifier;

function smallTable() {
  const dynamo = new SmallDynamo();
  const table = new NameTable(dynamo.client(), 'mail');
  let count = 0;
  const isDone = async (writes: readonly TransactWriteItem[]): Promise<boolean> =>
    (await transact(table.client, `${count++}`, writes)).length === 0;
  return { table, isDone };
}

describe('items on DynamoDB', () => {
  it('count who is mentioned once for each change, though two were planned on what was seen before either', async () => {
    const { table, isDone } = smallTable();
    const [one, other] = [await mentionWrites(table, alice, new Map([[bob, 1]])), await mentionWrites(table, alice, new Map([[bob, 1]]))];
    assert.deepEqual([await isDone(one), await isDone(other)], [true, false]);
    assert.ok(await isDone(await mentionWrites(table, alice, new Map([[bob, 1]]))));
    const less = await mentionWrites(table, alice, new Map([[bob, -1]]));
    const gone = await mentionWrites(table, alice, new Map([[bob, -2]]));
    assert.deepEqual([await isDone(less), await isDone(gone)], [true, false]);
    assert.ok(await isDone(await mentionWrites(table, alice, new Map([[bob, -1]]))));
    assert.equal(await table.get(mentionKey(bob, alice)), undefined);
  });

  it('keep annotations that were made anew from whoever read those before them', async () => {
    const { table, isDone } = smallTable();
    const set: AnnotationSet = { of: 'server', account: alice };
    const [old, late, anew] = ['old', 'late', 'anew'].map((value) => [{ name: '/comment', value }]);
    assert.ok(await isDone([annotationsWrite('mail', set, undefined, old ?? [])]));
    const read = await table.get(annotationKey(set));
    assert.ok(await isDone([annotationsWrite('mail', set, read, [])]));
    assert.ok(await isDone([annotationsWrite('mail', set, undefined, anew ?? [])]));
    assert.equal(await isDone([annotationsWrite('mail', set, read, late ?? [])]), false);
  });
});
