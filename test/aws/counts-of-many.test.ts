import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SmallMail } from './small-mail.ts';

describe('counts of many mailboxes on DynamoDB', () => {
  it('are read a hundred in a request and few requests at once, so that LIST-STATUS of ten thousand is neither slow nor a flood', async () => {
    const mail = new SmallMail();
    const ids = Array.from({ length: 10_000 }, (_, i) => mail.mailbox(`mailbox-${i}`));
    let [begun, ended, most] = [0, 0, 0];
    mail.dynamo.served = () => {
      ended += 1;
    };
    const before = async (): Promise<void> => {
      begun += 1;
      most = Math.max(most, begun - ended);
      await nextTurn();
    };
    const told = await mail.process({ before }).store.statuses(ids);
    assert.equal(told.size, ids.length);
    assert.equal(begun, 100);
    assert.ok(most > 1 && most <= 4, `${most} at once`);
  });
});
