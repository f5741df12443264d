import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SpoolRow } from '../../core/delivery/spool.ts';
import { lacksLoopbackNetwork } from '../harness/elsewhere/documented-networks.ts';
import { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import type { FaultyMx } from '../harness/elsewhere/faulty-mx.ts';
import { isTaken } from '../harness/elsewhere/record.ts';
import { failedIn } from '../harness/outbound/reports.ts';
import { Sender, until } from '../harness/outbound/sender.ts';
import { type FaultRow, faultTable } from './fault-table.ts';

const settings = { 'outbound/retry-schedule': [3600] };

describe('what happens to a message by what happens to its host', { skip: lacksLoopbackNetwork }, () => {
  const ends: (() => Promise<void>)[] = [];
  const ending = { after: (run: () => Promise<void>) => void ends.unshift(run) };
  let elsewhere: Elsewhere;
  let patient: Sender;
  let hasty: Sender;
  let works: FaultyMx;

  before(async () => {
    elsewhere = await Elsewhere.open(ending);
    works = await elsewhere.host('198.51.100.1');
    patient = await Sender.open(ending, elsewhere, { settings });
    // Where it is the fault that a host says nothing, and only there, it counts how long it does.
    hasty = await Sender.open(ending, elsewhere, { settings, timeouts: { connect: 60_000, ready: 1_000, silence: 1_000 } });
  });
  after(async () => {
    for (const end of ends) await end();
  });

  const place = async (i: number, host: FaultRow['host']): Promise<FaultyMx> => {
    const ip = `192.0.2.${i + 1}`;
    const mx = host === 'refuses' ? elsewhere.silentHost(ip) : await elsewhere.host(ip, host);
    elsewhere.domain(`only${i}.example`, mx);
    elsewhere.domain(`too${i}.example`, mx);
    elsewhere.domain(`two${i}.example`, mx, works);
    return mx;
  };

  /** @returns the row after its attempt; undefined when it is gone */
  const attempted = async (sender: Sender, to: string): Promise<SpoolRow | undefined> => {
    const [row] = await sender.send({ id: `<${to}>`, to });
    if (row === undefined) throw new Error('nothing was spooled');
    return sender.afterAttempt(row);
  };

  for (const [i, row] of faultTable.entries()) {
    const { fault, host, message, nextHost = false, remembered = false, unheard = 0, silent = false } = row;
    const [fate] = Object.keys(message);
    it(`${fault}: ${fate}${nextHost ? ', or taken by the next host' : ''}${remembered ? ', and the host is left alone' : ''}`, async () => {
      const sender = silent ? hasty : patient;
      const mx = await place(i, host);
      const to = `x@only${i}.example`;
      const left = await attempted(sender, to);
      const taken = mx.messages.filter(isTaken).map(({ secure }) => (secure ? 'over TLS' : 'in plain'));
      assert.deepEqual(taken, 'delivered' in message ? [message.delivered] : []);
      assert.equal(mx.messages.filter(({ reply }) => reply === undefined).length, unheard);
      if ('deferred' in message) assert.match(left?.lastError ?? '', message.deferred);
      else assert.equal(left, undefined, left?.lastError);
      const reports = async () => failedIn(await sender.inbox()).filter(({ address }) => address === to);
      if ('bounced' in message) await until('the report', async () => (await reports()).length > 0);
      assert.deepEqual(
        (await reports()).map(({ text }) => ('bounced' in message ? message.bounced.test(text) : text)),
        'bounced' in message ? [true] : [],
      );
    });

    if (!('delivered' in message))
      it(`${fault}: the next host of the domain ${nextHost ? 'is tried at once' : 'is not asked'}`, async () => {
        const sender = silent ? hasty : patient;
        const left = await attempted(sender, `x@two${i}.example`);
        const taken = works.messages.filter(({ to }) => to[0] === `x@two${i}.example`).length;
        assert.deepEqual([taken, left === undefined || 'bounced' in message], [nextHost ? 1 : 0, nextHost || 'bounced' in message]);
      });

    if (!('delivered' in message))
      it(`${fault}: another message ${remembered ? 'makes no connection' : 'is tried too'}`, async () => {
        const sender = silent ? hasty : patient;
        const mx = elsewhere.hosts.find(({ name }) => name === `mx-192-0-2-${i + 1}.example`);
        const before = mx?.connections.length;
        const left = await attempted(sender, `x@too${i}.example`);
        if ('deferred' in message) assert.ok(left !== undefined);
        if (host !== 'refuses') assert.equal((mx?.connections.length ?? 0) - (before ?? 0), remembered ? 0 : 1);
      });
  }
});
