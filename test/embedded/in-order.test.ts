import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inOrder } from '../../platform/embedded/sqlite/in-order.ts';

it('a long list comes in order, however it was, and others get their turn meanwhile', async () => {
  const list = Array.from({ length: 20_000 }, () => ({ uid: Math.floor(Math.random() * 50_000) }));
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 0);
  const sorted = await inOrder(list, ({ uid }) => uid);
  clearInterval(timer);
  assert.deepEqual(
    sorted,
    list.toSorted((a, b) => a.uid - b.uid),
  );
  assert.ok(turns > 3, `${turns} turns`);
  assert.equal(await inOrder(sorted, ({ uid }) => uid), sorted, 'what is in order is left alone');
  assert.deepEqual(await inOrder([], Number), []);
});
