import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lacksLoopbackNetwork } from '../harness/elsewhere/documented-networks.ts';
import { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import { Barrier } from '../harness/elsewhere/faults.ts';
import { Sender, until } from '../harness/outbound/sender.ts';
import { SendingProcesses } from '../harness/outbound/sending-processes.ts';

const processes = 3;
const domains = ['one.example', 'two.example', 'three.example'];

it('10 sessions of several processes never make a third connection to an address that may have 2', {
  skip: lacksLoopbackNetwork,
}, async (t) => {
  const elsewhere = await Elsewhere.open(t);
  // Each message waits for a second one: that two are there at once is proven too.
  const barrier = new Barrier(2);
  const mx = await elsewhere.host('192.0.2.1', { barrier, slow: { reply: 5 } });
  for (const domain of domains) elsewhere.domain(domain, mx);
  const settings = { 'outbound/sessions': 10, 'outbound/sessions-per-destination-address': 2 };
  // It only puts messages there and looks at what is left.
  const idle = await Sender.open(t, elsewhere, { settings: { 'outbound/route': 'smarthost' } });
  await idle.runner.close();
  const sending = await SendingProcesses.start(
    t,
    { dataDir: idle.dataDir, dns: elsewhere.dns.address, port: elsewhere.port, settings },
    processes,
  );

  const messages = Array.from({ length: 60 }, (_, i) => ({ id: `<${i}@example.org>`, to: `m${i}@${domains[i % 3]}` }));
  await idle.spool(...messages);
  sending.wake(messages.map(({ to }) => to.replace(/.*@/, '')));
  await elsewhere.until('two to be there together', () => barrier.rounds > 0);
  barrier.open();
  await until('the spool to be empty', async () => (await idle.rows()).length === 0);
  assert.deepEqual([mx.most, mx.messages.length, new Set(mx.messages.map(({ id }) => id)).size], [2, 60, 60]);
  assert.ok(mx.connections.every(({ besides }) => besides <= 2));
});
