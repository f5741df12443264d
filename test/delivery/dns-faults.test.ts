import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { lacksLoopbackNetwork } from '../harness/elsewhere/documented-networks.ts';
import { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import type { FaultyMx } from '../harness/elsewhere/faulty-mx.ts';
import type { NameRecords } from '../harness/elsewhere/name-server.ts';
import { failedIn } from '../harness/outbound/reports.ts';
import { Sender, until } from '../harness/outbound/sender.ts';

interface Row {
  readonly says: string;
  /** Of the domain; undefined: there is no such name. */
  readonly domain?: NameRecords;
  readonly hosts?: Readonly<Record<string, NameRecords>>;
  readonly message: 'delivered' | { readonly deferred: RegExp } | { readonly bounced: RegExp };
}

const works = '192.0.2.1';
const dead = { v4: '192.0.2.99', v6: '2001:db8::99' }; // nobody listens there
const mx = (...hosts: readonly string[]): NameRecords => ({ mx: hosts.map((host, i) => ({ preference: 10 * (i + 1), host })) });

const table: readonly Row[] = [
  { says: 'no such domain', message: { bounced: /^Status: 5\.1\.2$/m } },
  { says: 'null MX', domain: mx(''), message: { bounced: /^Status: 5\.1\.10$/m } },
  { says: 'neither MX nor address', domain: { txt: ['nothing here'] }, message: { bounced: /^Status: 5\.1\.2$/m } },
  { says: 'no MX but an address', domain: { a: [works] }, message: 'delivered' },
  { says: 'the name server fails', domain: 'servfail', message: { deferred: /^4\.4\.3 / } },
  { says: 'the name server says nothing', domain: 'silence', message: { deferred: /^4\.4\.3 / } },
  { says: 'an MX without address', domain: mx('nowhere.example'), message: { deferred: /^4\.4\.4 / } },
  {
    says: 'two MX, and the name server fails for the best',
    domain: mx('broken.example', 'good.example'),
    hosts: { 'broken.example': 'servfail', 'good.example': { a: [works] } },
    message: 'delivered',
  },
  {
    says: 'an MX with IPv6 that is dead, and IPv4 that works',
    domain: mx('both.example'),
    hosts: { 'both.example': { a: [works], aaaa: [dead.v6] } },
    message: 'delivered',
  },
  {
    says: 'an MX with two addresses, the first dead',
    domain: mx('half.example'),
    hosts: { 'half.example': { a: [dead.v4, works] } },
    message: 'delivered',
  },
  {
    says: 'an MX that would be this machine',
    domain: mx('here.example'),
    hosts: { 'here.example': { a: ['127.0.0.1'] } },
    message: { bounced: /^Status: 5\.4\.6$/m },
  },
];

describe('what happens to a message by what the DNS says of its domain', { skip: lacksLoopbackNetwork }, () => {
  const ends: (() => Promise<void>)[] = [];
  const ending = { after: (run: () => Promise<void>) => void ends.unshift(run) };
  let elsewhere: Elsewhere;
  let host: FaultyMx;
  let sender: Sender;

  before(async () => {
    elsewhere = await Elsewhere.open(ending);
    host = await elsewhere.host(works);
    sender = await Sender.open(ending, elsewhere, { settings: { 'outbound/retry-schedule': [3600], 'outbound/failure-cache': 0 } });
  });
  after(async () => {
    for (const end of ends) await end();
  });

  for (const [i, { says, domain, hosts = {}, message }] of table.entries()) {
    it(`${says}: ${message === 'delivered' ? message : Object.keys(message)[0]}`, async () => {
      for (const [name, records] of Object.entries(hosts)) elsewhere.dns.set(name, records);
      if (domain !== undefined) elsewhere.dns.set(`d${i}.example`, domain);
      const to = `x@d${i}.example`;
      const [row] = await sender.send({ id: `<${i}@example.org>`, to });
      const left = row && (await sender.afterAttempt(row));
      const taken = host.messages.filter((one) => one.to.includes(to)).length;
      assert.equal(taken, message === 'delivered' ? 1 : 0, left?.lastError);
      if (message === 'delivered') assert.equal(left, undefined);
      else if ('deferred' in message) assert.match(left?.lastError ?? '', message.deferred);
      else {
        await until('the report', async () => failedIn(await sender.inbox()).some(({ address }) => address === to));
        const reports = failedIn(await sender.inbox()).filter(({ address }) => address === to);
        assert.equal(reports.length, 1);
        assert.match(reports[0]?.text ?? '', message.bounced);
      }
    });
  }

  it('is asked again when its answer has grown old: a domain that moved is found', async () => {
    elsewhere.dns.set('moved.example', mx('old.example'));
    elsewhere.dns.set('old.example', { a: [dead.v4] });
    const [row] = await sender.send({ id: '<moved@example.org>', to: 'x@moved.example' });
    assert.match((row && (await sender.afterAttempt(row)))?.lastError ?? '', /ECONNREFUSED/);
    elsewhere.dns.set('moved.example', { a: [works] });
    sender.putForward(61_000);
    if (row !== undefined) await sender.world.spool.retry(row.id, sender.world.clock.now());
    await until('it to arrive', async () => {
      sender.wake(row === undefined ? [] : [row]);
      return host.messages.some(({ to }) => to.includes('x@moved.example'));
    });
  });
});
