import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { AccountId } from '../../core/values/address.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { openSenderAuthentication } from '../../platform/node/sender-authentication.ts';
import { dnsOf } from '../delivery/outbound-edge.ts';
import { SmtpEdge, type SmtpEdgeOptions, until } from './smtp-edge.ts';

const texts = {
  'good.example': ['v=spf1 ip4:192.0.2.1 -all'],
  '_dmarc.good.example': ['v=DMARC1; p=reject'],
  '_dmarc.careful.example': ['v=DMARC1; p=quarantine'],
  '_dmarc.lame.example': 'temporary',
} as const;

type Settings = NonNullable<SmtpEdgeOptions['settings']>;

/** Both listeners, with checks over a DNS of the test's own; remote hosts come from 192.0.2.1. */
async function open(t: TestContext, settings: Settings = {}, deliver = true): Promise<SmtpEdge> {
  const resolver = dnsOf({ 'example.net': 'temporary' }, {}, texts); // what goes there stays in the spool, to be looked at
  const senderAuthentication = openSenderAuthentication({ resolver, clock: systemClock });
  t.after(() => senderAuthentication.close());
  const checked = { 'smtp/dmarc': 'reject', 'smtp/authentication-results': true, ...settings };
  const edge = await SmtpEdge.open(t, { settings: checked, world: { senderAuthentication, resolver }, deliver });
  edge.clientIp = '192.0.2.1';
  return edge;
}

const letterFrom = (author: string, more = ''): string =>
  `From: ${author}\r\nTo: bob@example.org\r\n${more}Subject: hello\r\n\r\nHello.\r\n`;

/** A remote host hands in a message. @returns the reply to its octets */
async function handIn(edge: SmtpEdge, path: string, message: string, to = 'bob@example.org'): Promise<string> {
  const remote = await edge.greeted();
  await remote.ask(`MAIL FROM:<${path}>\r\n`, /^250 /m);
  await remote.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
  await remote.ask('DATA\r\n', /^354 /m);
  return await remote.ask(`${message}.\r\n`, /^\d{3} /m);
}

describe('a message from another host', () => {
  it('has what is known of its sender above our trace fields', async (t) => {
    const edge = await open(t);
    assert.match(await handIn(edge, 'a@good.example', letterFrom('a@good.example')), /^250 /m);
    const [text = ''] = await edge.inbox('bob');
    assert.match(
      text,
      /^Return-Path: <a@good\.example>\r\nAuthentication-Results: mail\.example\.org;\r\n\tdkim=none.*?;\r\n\tspf=pass .*?;\r\n\tdmarc=pass .*?header\.from=good\.example\r\nReceived: /s,
    );
  });

  it('is refused in words that name DMARC, when its author disowns it and asks for that', async (t) => {
    const edge = await open(t);
    assert.match(await handIn(edge, 'a@elsewhere.example', letterFrom('a@good.example')), /^550 5\.7\.1 .*DMARC/m);
    assert.deepEqual([await edge.inbox('bob'), await edge.inbox('bob', 'Junk'), await edge.spooled()], [[], [], []]);
    assert.ok(edge.events.some(([name]) => name === 'dmarc-failed'));
  });

  it('is taken as it is from a program of this machine, of whose address no DNS says anything; results in our name go all the same', async (t) => {
    const edge = await open(t);
    edge.clientIp = '127.0.0.1';
    const forged = 'Authentication-Results: mail.example.org; dmarc=pass\r\n';
    assert.match(await handIn(edge, 'a@good.example', letterFrom('a@good.example', forged)), /^250 /m);
    const [text = ''] = await edge.inbox('bob');
    assert.doesNotMatch(text, /Authentication-Results/);
  });

  it('leaves its session usable when it is refused', async (t) => {
    const edge = await open(t);
    const remote = await edge.inData();
    await remote.ask(`${letterFrom('a@good.example')}.\r\n`, /^550 5\.7\.1 /m);
    await remote.ask('MAIL FROM:<a@good.example>\r\n', /^250 /m);
    await remote.ask('RCPT TO:<bob@example.org>\r\n', /^250 /m);
    await remote.ask('DATA\r\n', /^354 /m);
    await remote.ask(`${letterFrom('a@good.example')}.\r\n`, /^250 /m);
  });

  for (const [why, settings, author] of [
    ['its author asks for no more', {}, 'a@careful.example'],
    ['the setting allows no more', { 'smtp/dmarc': 'quarantine' }, 'a@good.example'],
  ] as const) {
    it(`goes to Junk, and only there, when its author disowns it and ${why}`, async (t) => {
      const edge = await open(t, settings);
      assert.match(await handIn(edge, 'a@elsewhere.example', letterFrom(author)), /^250 /m);
      assert.deepEqual(await edge.inbox('bob'), []);
      assert.match((await edge.inbox('bob', 'Junk'))[0] ?? '', /\tdmarc=fail /);
    });
  }

  it('goes to the mailbox that is marked for junk, whatever it is called, and to a new one when there is none', async (t) => {
    const edge = await open(t);
    const bob = 'bob@example.org' as AccountId;
    const { mailboxes } = edge.world;
    await mailboxes.rename(bob, 'Junk', 'Spam');
    await handIn(edge, 'a@elsewhere.example', letterFrom('a@careful.example'));
    assert.equal((await edge.inbox('bob', 'Spam')).length, 1);
    await mailboxes.delete(bob, 'Spam');
    await handIn(edge, 'a@elsewhere.example', letterFrom('a@careful.example'));
    assert.equal((await edge.inbox('bob', 'Junk')).length, 1);
    assert.equal((await mailboxes.find(bob, 'Junk'))?.specialUse, '\\Junk');
  });

  it('goes to Junk too when it takes the way over the spool, and goes on to others as it came', async (t) => {
    const edge = await open(t);
    await edge.world.accounts.addAlias({
      address: 'team@example.org' as never,
      targets: ['bob@example.org', 'carol@example.net'] as never,
    });
    assert.match(await handIn(edge, 'a@elsewhere.example', letterFrom('a@careful.example'), 'team@example.org'), /^250 /m);
    await until('the message is in Junk', async () => (await edge.inbox('bob', 'Junk')).length === 1);
    assert.match(
      (await edge.inbox('bob', 'Junk'))[0] ?? '',
      /^Return-Path: <a@elsewhere\.example>\r\nAuthentication-Results: mail\.example\.org;/,
    );
    const onward = (await edge.spooled()).find(({ row }) => row.nextHop.kind === 'domain');
    assert.match(onward?.text ?? '', /^Received: /);
    assert.doesNotMatch(onward?.text ?? '', /Authentication-Results/);
  });

  it('is taken when its author could not be looked up', async (t) => {
    const edge = await open(t);
    assert.match(await handIn(edge, 'a@elsewhere.example', letterFrom('a@lame.example')), /^250 /m);
    assert.match((await edge.inbox('bob'))[0] ?? '', /\tdmarc=temperror/);
  });

  it('is not looked at when both settings are off, and only judged when the field is off', async (t) => {
    const off = await open(t, { 'smtp/dmarc': 'off', 'smtp/authentication-results': false });
    await handIn(off, 'a@elsewhere.example', letterFrom('a@good.example'));
    assert.doesNotMatch((await off.inbox('bob'))[0] ?? '', /Authentication-Results/);
    const silent = await open(t, { 'smtp/authentication-results': false });
    await handIn(silent, 'a@elsewhere.example', letterFrom('a@careful.example'));
    assert.match((await silent.inbox('bob', 'Junk'))[0] ?? '', /^Return-Path: [^\r\n]*\r\nReceived: /);
  });

  it('is told what it is with DMARC off, and stays in INBOX', async (t) => {
    const edge = await open(t, { 'smtp/dmarc': 'off' });
    await handIn(edge, 'a@elsewhere.example', letterFrom('a@good.example'));
    assert.match((await edge.inbox('bob'))[0] ?? '', /\tdmarc=fail /);
  });

  it('loses results that it claims to have from us, and keeps those of others', async (t) => {
    const edge = await open(t);
    const forged = 'Authentication-Results: MAIL.example.org;\r\n spf=pass\r\nAuthentication-Results: mx.example.net; spf=pass\r\n';
    await handIn(edge, 'a@good.example', letterFrom('a@good.example', forged));
    const [text = ''] = await edge.inbox('bob');
    assert.deepEqual(text.match(/^Authentication-Results: .*$/gim), [
      'Authentication-Results: mail.example.org;',
      'Authentication-Results: mx.example.net; spf=pass',
    ]);
    assert.ok(text.endsWith('\r\nSubject: hello\r\n\r\nHello.\r\n'));
  });
});

describe('a submitted message', () => {
  it('has no such field, and loses one that claims to be ours', async (t) => {
    const edge = await open(t);
    const laptop = await edge.inData('msa');
    const forged = 'Authentication-Results: mail.example.org; spf=pass\r\n';
    await laptop.ask(`${letterFrom('alice@example.org', forged)}.\r\n`, /^250 /m);
    assert.doesNotMatch((await edge.inbox('bob'))[0] ?? '', /Authentication-Results/);
  });
});
