import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { CheckedEnvelope } from '../../core/delivery/sender-authentication.ts';
import type { ReversePath } from '../../core/values/address.ts';
import { type IpAddress, parseIp } from '../../core/values/network.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { openSenderAuthentication } from '../../platform/node/sender-authentication.ts';
import { dnsOf } from '../delivery/outbound-edge.ts';

const envelope: CheckedEnvelope = {
  host: 'mail.example.org',
  helo: 'mx.sender.example',
  client: parseIp('192.0.2.1') as IpAddress,
  reversePath: 'a@sender.example' as ReversePath,
};
const letter = Buffer.from('From: alice@sender.example\r\n\r\nHello.\r\n');

it('the thread that checks senders dies: messages under way lose their results, the next one is checked by another', async (t) => {
  const threads: Worker[] = [];
  const noted = (thread: Worker): void => void threads.push(thread);
  process.on('worker', noted);
  t.after(() => process.off('worker', noted));
  const authentication = openSenderAuthentication({ resolver: dnsOf({}), clock: systemClock });
  t.after(() => authentication.close());
  const ending = authentication.begin(envelope);
  const writing = authentication.begin(envelope);
  await ending.write(letter);
  const results = ending.end();
  const written = (async () => {
    for (let i = 0; i < 100; i++) await writing.write(Buffer.alloc(100_000));
  })();
  while (threads.length === 0) await setImmediate();
  await threads[0]?.terminate();
  await written;
  for (const { fault, dmarc } of [await results, await writing.end()]) assert.deepEqual([typeof fault, dmarc], ['string', []]);

  const next = authentication.begin(envelope);
  await next.write(letter);
  const { methods } = await next.end();
  assert.match(methods.join('\n'), /^spf=none /m);
  assert.equal(threads.length, 2);
});
