import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lacksLoopbackNetwork } from '../harness/elsewhere/documented-networks.ts';
import { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import type { Fault } from '../harness/elsewhere/faults.ts';
import { failedIn, reportedIn } from '../harness/outbound/reports.ts';
import { Sender, until } from '../harness/outbound/sender.ts';

it('each recipient of a message has a fate of its own, and none gets it twice', { skip: lacksLoopbackNetwork }, async (t) => {
  const elsewhere = await Elsewhere.open(t);
  const refusals = new Map<string, Fault>([
    ['busy@far.example', { reply: '450 4.2.1 mailbox busy' }],
    ['gone@far.example', { reply: '550 5.1.1 no such user' }],
  ]);
  const mx = await elsewhere.host('192.0.2.1', { recipient: (address) => refusals.get(address) });
  elsewhere.domain('far.example', mx);
  const sender = await Sender.open(t, elsewhere, { settings: { 'outbound/retry-schedule': [3600] } });
  const [row] = await sender.send({ id: '<1@example.org>', to: ['here@far.example', 'busy@far.example', 'gone@far.example'] });
  const left = row && (await sender.afterAttempt(row));
  assert.deepEqual(
    left?.recipients.map(({ address }) => address),
    ['busy@far.example'],
  );
  assert.deepEqual(
    mx.messages.map(({ to }) => to),
    [['here@far.example']],
  );

  refusals.clear();
  if (row !== undefined) await sender.world.spool.retry(row.id, sender.world.clock.now());
  await until('the spool to be empty', async () => {
    sender.wake(row === undefined ? [] : [row]);
    return (await sender.rows()).length === 0;
  });
  assert.deepEqual(
    mx.messages.map(({ to }) => to),
    [['here@far.example'], ['busy@far.example']],
  );
  await until('the report', async () => failedIn(await sender.inbox()).length > 0);
  assert.deepEqual(
    reportedIn(await sender.inbox()).map(({ address, action, status }) => [address, action, status]),
    [['gone@far.example', 'failed', '5.1.1']],
  );
});
