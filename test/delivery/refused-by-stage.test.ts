import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SmtpEdge, until } from '../smtp/smtp-edge.ts';
import { dnsOf, RemoteHost, type RemoteOptions, transportTo } from './outbound-edge.ts';

const dns = dnsOf({ 'example.net': [{ preference: 10, host: 'mx.example.net' }] }, { 'mx.example.net': ['192.0.2.1'] });
const no = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code });

/** Where a host says no → what becomes of a message to two recipients. */
const table: readonly (readonly [stage: string, host: RemoteOptions, becomes: 'deferred' | 'reported', status: RegExp])[] = [
  [
    '554 instead of a greeting',
    { onConnect: (_session, done) => done(no(554, 'no mail from you')) },
    'deferred',
    /^4\.\d\.\d .*554 no mail from you/,
  ],
  ['550 to MAIL', { onMailFrom: (_from, _session, done) => done(no(550, '5.7.1 not you')) }, 'reported', /Status: 5\.7\.1\r\n/g],
  ['451 to MAIL', { onMailFrom: (_from, _session, done) => done(no(451, '4.7.1 later')) }, 'deferred', /451 4\.7\.1 later/],
  ['550 to each RCPT', { onRcptTo: (_to, _session, done) => done(no(550, '5.1.1 nobody')) }, 'reported', /Status: 5\.1\.1\r\n/g],
  ['554 to the message', { answers: [554] }, 'reported', /Status: 5\.0\.0\r\n/g],
  ['452 to the message', { answers: [452] }, 'deferred', /452 not this one/],
];

describe('a message that a host refuses', () => {
  for (const [stage, host, becomes, status] of table) {
    it(`with ${stage} is ${becomes}`, async (t) => {
      const far = await RemoteHost.open(t, host);
      const world = { resolver: dns, transport: transportTo({ '192.0.2.1': far.port }) };
      const edge = await SmtpEdge.open(t, { deliver: true, world });
      const client = await edge.greeted('msa');
      await client.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
      for (const one of ['x', 'y']) await client.ask(`RCPT TO:<${one}@example.net>\r\n`, /^250 /m);
      await client.ask('DATA\r\n', /^354 /m);
      await client.ask('Subject: out\r\n\r\nhello\r\n.\r\n', /^250 /m);
      if (becomes === 'reported') {
        await until('the report to come', async () => (await edge.inbox('alice')).length === 1);
        const [report = ''] = await edge.inbox('alice');
        assert.equal(report.match(status)?.length, 2, report);
        assert.deepEqual(await edge.spooled(), []);
      } else {
        await until('the attempt to end', async () => (await edge.spooled())[0]?.row.lastError !== undefined);
        const [left] = await edge.spooled();
        assert.match(left?.row.lastError ?? '', status);
        assert.deepEqual([left?.row.recipients.length, left?.row.held, (await edge.inbox('alice')).length], [2, false, 0]);
      }
    });
  }
});
