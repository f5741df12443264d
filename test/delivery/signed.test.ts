import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js';
import type { Resolver } from '../../core/delivery/resolver.ts';
import { withSignature } from '../../core/delivery/signed.ts';
import type { Outgoing } from '../../core/delivery/transport.ts';
import type { Address, ReversePath } from '../../core/values/address.ts';
import type { SpoolId } from '../../core/values/ids.ts';
import { boundedQuestions } from '../../platform/node/bounded-questions.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { dkimKeys, dkimRecord, dkimRecordName, keepDkimKey, makeDkimKey } from '../../platform/node/dkim-keys.ts';
import { dkimSigner } from '../../platform/node/dkim-signer.ts';
import { SmtpEdge, until } from '../smtp/smtp-edge.ts';
import { dnsOf, RemoteHost, type RemoteOptions, secretsOf, transportTo } from './outbound-edge.ts';

const to = 'bob@example.net';

interface Scene {
  readonly edge: SmtpEdge;
  readonly remote: RemoteHost;
  readonly dns: Resolver;
}

/** Accounts at example.org, which has a key, and at example.com, which has one too; a remote host that takes all mail. */
async function scene(t: TestContext, options: RemoteOptions = {}, more: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const remote = await RemoteHost.open(t, options);
  const secrets = secretsOf();
  for (const domain of ['example.org', 'example.com']) await keepDkimKey(secrets, await makeDkimKey(domain, 's1', 'ed25519', 1));
  const records = Object.fromEntries((await dkimKeys(secrets)).map((key) => [dkimRecordName(key), [dkimRecord(key)]]));
  const dns = dnsOf({ 'example.net': [{ preference: 1, host: 'mx.example.net' }] }, { 'mx.example.net': ['192.0.2.7'] }, records);
  for (const [name, value] of Object.entries(more)) await secrets.put(name, value);
  const signer = dkimSigner({ secrets, resolver: dns, clock: systemClock });
  const world = { resolver: dns, secrets, signer, transport: transportTo({ '192.0.2.7': remote.port }) };
  const edge = await SmtpEdge.open(t, { deliver: true, world });
  await edge.world.accounts.add('carol@example.com' as never, 'x');
  return { edge, remote, dns };
}

async function submit({ edge, remote }: Scene, header: string, body = 'Hello.\r\n'): Promise<string> {
  const laptop = await edge.greeted('msa');
  const before = remote.taken.length;
  await laptop.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
  await laptop.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
  await laptop.ask('DATA\r\n', /^354 /m);
  await laptop.ask(`${header}\r\n${body}.\r\n`, /^250 /m);
  await until('the remote host has it', () => remote.taken.length > before);
  return remote.taken.at(-1)?.text ?? '';
}

async function verified(message: string, resolver: Resolver): Promise<readonly string[]> {
  const verifier = new DkimVerifier({ resolver: boundedQuestions((name) => resolver.txt(name), { most: 10 }), strict: true });
  verifier.end(Buffer.from(message, 'latin1'));
  await once(verifier, 'finish');
  return verifier.results.map(({ info }) => info.split(' header.i=')[0] ?? '');
}

describe('a submitted message', () => {
  it('reaches the other host with a signature that verifies there', async (t) => {
    const here = await scene(t);
    const text = await submit(here, 'From: Alice <alice@example.org>\r\nSubject: hello\r\n');
    assert.match(text, /^DKIM-Signature: v=1; /);
    assert.deepEqual(await verified(text, here.dns), ['dkim=pass header.d=example.org']);
  });

  it('with lines that begin with a dot, 8-bit text and no line end at its end is signed as it arrives', async (t) => {
    const here = await scene(t);
    const text = await submit(here, 'From: alice@example.org\r\n', '.hidden\r\n..\r\n caf\xc3\xa9\r\n\r\n\r\n');
    assert.deepEqual(await verified(text, here.dns), ['dkim=pass header.d=example.org']);
  });

  it('is signed as 7-bit text for a host that takes no other', async (t) => {
    const here = await scene(t, { hide8BITMIME: true });
    const type = 'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n';
    const text = await submit(here, `From: alice@example.org\r\n${type}`, 'caf\xc3\xa9\r\n');
    assert.match(text, /^DKIM-Signature: [\t\r\n -~]*$/);
    assert.deepEqual(await verified(text, here.dns), ['dkim=pass header.d=example.org']);
  });

  it('waits with its reason when the key is broken, and mail that needs none goes on over the same connection', async (t) => {
    const here = await scene(t, {}, { 'dkim.example.org.s0': 'no key' });
    const laptop = await here.edge.greeted('msa');
    for (const author of ['alice@example.org', 'alice@elsewhere.example']) {
      await laptop.ask('MAIL FROM:<alice@example.org>\r\n', /^250 /m);
      await laptop.ask(`RCPT TO:<${to}>\r\n`, /^250 /m);
      await laptop.ask('DATA\r\n', /^354 /m);
      await laptop.ask(`From: ${author}\r\n\r\nHello.\r\n.\r\n`, /^250 /m);
    }
    await until('one has gone and one waits', async () => {
      const [row, another] = await here.edge.world.spool.list({ limit: 10 });
      return another === undefined && row?.lastError !== undefined && here.remote.taken.length === 1;
    });
    const [row] = await here.edge.world.spool.list({ limit: 10 });
    assert.match(row?.lastError ?? '', /: 4\.7\.5 the message can't be signed: the secret dkim\.example\.org\.s0 is no private key/);
    assert.match(here.remote.taken[0]?.text ?? '', /^From: alice@elsewhere|\r\nFrom: alice@elsewhere/);
  });

  for (const [whose, from] of [
    ['another account', 'From: bob@example.org\r\n'],
    ['another domain of ours', 'From: carol@example.com\r\n'],
    ['an account and somebody else', 'From: alice@example.org, ceo@example.org\r\n'],
    ['two From fields', 'From: alice@example.org\r\nFrom: alice@example.org\r\n'],
    ['a domain without a key', 'From: alice@elsewhere.example\r\n'],
  ] as const) {
    it(`goes out unsigned when it names ${whose} as its author`, async (t) => {
      assert.doesNotMatch(await submit(await scene(t), from), /DKIM-Signature/);
    });
  }
});

describe('a message that goes on to another host', () => {
  it('by an alias keeps its octets: it gets no signature of ours', async (t) => {
    const { edge, remote } = await scene(t);
    await edge.world.accounts.addAlias({ address: 'team@example.org' as Address, targets: [to as Address] });
    const sender = await edge.inData('smtp', 'team@example.org');
    await sender.ask('From: alice@example.org\r\n\r\nHello.\r\n.\r\n', /^250 /m);
    await until('the remote host has it', () => remote.taken.length === 1);
    assert.match(remote.taken[0]?.text ?? '', /^Received: /);
  });

  it('is signed when it is a report of our own', async (t) => {
    const { edge, remote, dns } = await scene(t);
    const { spool, bodies } = edge.world;
    const octets = Buffer.from('From: <mailer-daemon@example.org>\r\nSubject: report\r\n\r\nIt failed.\r\n');
    const body = await bodies.stage([octets] as unknown as AsyncIterable<Uint8Array>);
    const recipients = [{ address: to as Address }];
    const row = {
      nextHop: { kind: 'domain', domain: 'example.net' },
      reversePath: '',
      recipients,
      declared: { eightBit: false, utf8: false },
    } as const;
    edge.runner?.wake(await spool.add('report' as SpoolId, body, [{ ...row, ownReport: true }], Date.now()));
    await until('the remote host has it', () => remote.taken.length === 1);
    assert.deepEqual(await verified(remote.taken[0]?.text ?? '', dns), ['dkim=pass header.d=example.org']);
  });
});

describe('the signature of a form', () => {
  const outgoing = (sign?: Outgoing['sign']): Outgoing => ({
    reversePath: '' as ReversePath,
    recipients: [],
    declared: { eightBit: true, utf8: false },
    size: 4,
    read: () => octetsOf('8bit'),
    ...(sign === undefined ? {} : { sign }),
  });
  async function* octetsOf(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  const textOf = async (octets: AsyncIterable<Uint8Array>): Promise<string> => {
    let text = '';
    for await (const chunk of octets) text += Buffer.from(chunk).toString('latin1');
    return text;
  };

  it('covers what the connection made of the message, and counts in its size', async () => {
    const sign = async (octets: AsyncIterable<Uint8Array>) => Buffer.from(`[signed ${await textOf(octets)}]`);
    const form = await withSignature(outgoing(sign), { size: 4, read: () => octetsOf('7bit'), eightBit: false });
    assert.ok(typeof form !== 'string');
    assert.deepEqual([await textOf(form.read()), form.size, form.eightBit], ['[signed 7bit]7bit', 17, false]);
  });

  it('is nothing for a message that is not to be signed', async () => {
    const form = { size: 4, read: () => octetsOf('7bit') };
    assert.equal(await withSignature(outgoing(), form), form);
    assert.equal(
      await withSignature(
        outgoing(async () => new Uint8Array()),
        form,
      ),
      form,
    );
  });
});
