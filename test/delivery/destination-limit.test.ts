import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type ConnectDeps, connectNextHost } from '../../core/delivery/connect-next-host.ts';
import { OpenConnections } from '../../core/delivery/open-connections.ts';
import type { HostAddress } from '../../core/delivery/transport.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { Address } from '../../core/values/address.ts';
import type { IpAddress } from '../../core/values/network.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { CountingSink } from './counting-sink.ts';
import { transportTo } from './outbound-edge.ts';

const ip = '192.0.2.1' as IpAddress;
const mx: HostAddress = { host: 'mx.example.net', ip, port: 25, tls: 'none', preference: 0, ehlo: 'mail.example.org' };
const silent = { event: () => {}, failure: (_: string, error: unknown) => assert.fail(String(error)) };

/** One process of several on one data directory. */
async function workerProcess(t: TestContext, dataDir: string, port: number, limit: number): Promise<ConnectDeps> {
  const world = await openEmbeddedWorld({ dataDir });
  const { clock, newId, slotStore, failures } = world;
  const slots = await openSlots({ store: slotStore, clock, newId, policy: () => 'closed', log: silent });
  t.after(async () => {
    await slots.close();
    await world.close();
  });
  const settings = fixedSettings({ 'outbound/sessions-per-destination-address': limit });
  const transport = transportTo({ [ip]: port });
  return { transport, failures, slots, slotStore, settings, clock, holder: slots.holder, log: silent, connections: new OpenConnections() };
}

/** Delivers one message over a connection of its own, again and again, and stands back when there is no room. */
async function worker(deps: ConnectDeps, left: { messages: number }): Promise<void> {
  while (left.messages > 0) {
    const answer = await connectNextHost([mx], deps, AbortSignal.timeout(60_000));
    if (!answer.connected) {
      assert.deepEqual(answer.failures, []);
      await pause(20 * Math.random());
      continue;
    }
    if (left.messages-- > 0) {
      await answer.connection.send({
        reversePath: '',
        recipients: [{ address: 'x@example.net' as Address }],
        declared: { eightBit: false, utf8: false },
        size: 3,
        read: async function* () {
          yield Buffer.from('x\r\n');
        },
      });
    }
    await answer.close();
  }
}

describe('ten workers in two processes', () => {
  for (const limit of [1, 2]) {
    it(`never have more than ${limit} connections at a host that may have ${limit}, as the host counts them`, async (t) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-destination-'));
      t.after(() => rm(dataDir, { recursive: true, force: true }));
      const sink = await CountingSink.open(t);
      const processes = [await workerProcess(t, dataDir, sink.port, limit), await workerProcess(t, dataDir, sink.port, limit)];
      const left = { messages: 40 };
      await Promise.all(processes.flatMap((deps) => Array.from({ length: 5 }, () => worker(deps, left))));
      assert.equal(sink.messages, 40);
      assert.ok(sink.most <= limit, `${sink.most} at once`);
    });
  }
});
