import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { CheckedEnvelope, SenderResults } from '../../core/delivery/sender-authentication.ts';
import type { ReversePath } from '../../core/values/address.ts';
import { type IpAddress, parseIp } from '../../core/values/network.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { headerToCheck } from '../../platform/node/header-to-check.ts';
import { openSenderAuthentication } from '../../platform/node/sender-authentication.ts';
import { dnsOf } from '../delivery/outbound-edge.ts';

type Texts = Readonly<Record<string, readonly string[] | 'temporary'>>;

const from = (path: string, ip = '192.0.2.1'): CheckedEnvelope => ({
  host: 'mail.example.org',
  helo: 'mx.sender.example',
  client: parseIp(ip) as IpAddress,
  reversePath: path as ReversePath,
});

/** Looks at a message, octets in pieces of `size`. */
async function checked(t: TestContext, message: string, envelope: CheckedEnvelope, texts: Texts, size = 1000): Promise<SenderResults> {
  const addresses = { 'host.sender.example': ['192.0.2.1'], 'mx1.sender.example': ['2001:db8::1'] };
  const resolver = dnsOf({ 'sender.example': [{ preference: 10, host: 'mx1.sender.example' }] }, addresses, { ...texts });
  const authentication = openSenderAuthentication({ resolver, clock: systemClock });
  t.after(() => authentication.close());
  const check = authentication.begin(envelope);
  const octets = Buffer.from(message, 'latin1');
  for (let at = 0; at < octets.length; at += size) await check.write(octets.subarray(at, at + size));
  return await check.end();
}

const letterFrom = (author: string): string => `From: ${author}\r\nTo: bob@example.org\r\nSubject: hello\r\n\r\nHello.\r\n`;
const letter = letterFrom('alice@sender.example');
const methodOf = ({ methods }: SenderResults, method: string): string => methods.find((one) => one.startsWith(`${method}=`)) ?? '';

describe('SPF of a message', () => {
  const published: readonly (readonly [record: string | 'temporary', ip: string, result: string])[] = [
    ['v=spf1 ip4:192.0.2.0/24 -all', '192.0.2.1', 'pass'],
    ['v=spf1 a:host.sender.example -all', '192.0.2.1', 'pass'],
    ['v=spf1 mx -all', '2001:db8::1', 'pass'],
    ['v=spf1 mx -all', '192.0.2.9', 'fail'],
    ['v=spf1 ip4:198.51.100.1 ~all', '192.0.2.1', 'softfail'],
    ['v=spf1 ?all', '192.0.2.1', 'neutral'],
    ['v=spf1 nonsense:x -all', '192.0.2.1', 'permerror'],
    [`v=spf1 ${Array.from({ length: 11 }, (_, i) => `include:i${i}.sender.example`).join(' ')} -all`, '192.0.2.1', 'permerror'],
    ['temporary', '192.0.2.1', 'temperror'],
  ];
  for (const [record, ip, result] of published) {
    it(`is ${result} for ${ip} and ${record.slice(0, 60)}`, async (t) => {
      const includes = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`i${i}.sender.example`, ['v=spf1 ?all']]));
      const texts = { ...includes, 'sender.example': record === 'temporary' ? record : [record] } as const;
      const results = await checked(t, letter, from('alice@sender.example', ip), texts);
      assert.match(methodOf(results, 'spf'), new RegExp(`^spf=${result} .*smtp\\.mailfrom=.*sender\\.example`));
    });
  }

  it('is none when nothing is published', async (t) => {
    assert.match(methodOf(await checked(t, letter, from('alice@sender.example'), {}), 'spf'), /^spf=none /);
  });

  it('of a report is asked of the name in EHLO (RFC 7208 section 2.4)', async (t) => {
    const results = await checked(t, letter, from(''), { 'mx.sender.example': ['v=spf1 ip4:192.0.2.1 -all'] });
    assert.match(methodOf(results, 'spf'), /^spf=pass .*smtp\.helo=mx\.sender\.example/);
  });
});

/** RFC 8463 appendix A.3. */
const football = [
  'DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;',
  ' d=football.example.com; i=@football.example.com;',
  ' q=dns/txt; s=brisbane; t=1528637909; h=from : to :',
  ' subject : date : message-id : from : subject : date;',
  ' bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;',
  ' b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus',
  ' Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==',
  'From: Joe SixPack <joe@football.example.com>',
  'To: Suzie Q <suzie@shopping.example.net>',
  'Subject: Is dinner ready?',
  'Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)',
  'Message-ID: <20030712040037.46341.5F8J@football.example.com>',
  '',
  'Hi.',
  '',
  'We lost the game.  Are you hungry yet?',
  '',
  'Joe.',
  '',
].join('\r\n');
const footballKey = { 'brisbane._domainkey.football.example.com': ['v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='] };

describe('DKIM of a message', () => {
  for (const size of [1, 7, 100_000]) {
    it(`verifies the message of RFC 8463, come in pieces of ${size}`, async (t) => {
      const results = await checked(t, football, from('joe@football.example.com'), footballKey, size);
      assert.match(methodOf(results, 'dkim'), /^dkim=pass header\.d=football\.example\.com .*header\.s=brisbane/);
    });
  }

  it('fails when the body was changed, and is none without a signature', async (t) => {
    const changed = await checked(t, football.replace('lost', 'won'), from('joe@football.example.com'), footballKey);
    assert.match(methodOf(changed, 'dkim'), /^dkim=(fail|neutral) /);
    assert.match(methodOf(await checked(t, letter, from('a@sender.example'), {}), 'dkim'), /^dkim=none/);
  });

  it('is a temporary error when the key can not be had, and then the author is not disowned', async (t) => {
    const texts = {
      ...footballKey,
      '_dmarc.football.example.com': ['v=DMARC1; p=reject'],
      'brisbane._domainkey.football.example.com': 'temporary',
    } as const;
    const results = await checked(t, football, from('joe@elsewhere.example'), texts);
    assert.match(methodOf(results, 'dkim'), /^dkim=temperror/);
    assert.equal(results.dmarc[0]?.result, 'temperror');
  });
});

describe('DMARC of a message', () => {
  const spf = ['v=spf1 ip4:192.0.2.1 -all'] as const;
  const cases: readonly (readonly [what: string, path: string, author: string, texts: Texts, expected: string])[] = [
    [
      'passes by SPF of the same domain',
      'a@sender.example',
      'a@sender.example',
      { 'sender.example': spf, '_dmarc.sender.example': ['v=DMARC1; p=reject'] },
      'pass',
    ],
    [
      'passes by SPF of a domain above',
      'a@sender.example',
      'a@news.sender.example',
      { 'sender.example': spf, '_dmarc.sender.example': ['v=DMARC1; p=reject'] },
      'pass',
    ],
    [
      'fails by SPF of a domain above, where aspf is strict',
      'a@sender.example',
      'a@news.sender.example',
      { 'sender.example': spf, '_dmarc.sender.example': ['v=DMARC1; p=reject; aspf=s'] },
      'fail reject',
    ],
    [
      'fails by SPF of another domain',
      'a@other.example',
      'a@sender.example',
      { 'other.example': spf, '_dmarc.sender.example': ['v=DMARC1; p=reject'] },
      'fail reject',
    ],
    [
      'of a subdomain asks for what sp says',
      'a@other.example',
      'a@news.sender.example',
      { '_dmarc.sender.example': ['v=DMARC1; p=reject; sp=quarantine'] },
      'fail quarantine',
    ],
    [
      'of a subdomain asks for what its own record says',
      'a@other.example',
      'a@news.sender.example',
      { '_dmarc.sender.example': ['v=DMARC1; p=reject'], '_dmarc.news.sender.example': ['v=DMARC1; p=none'] },
      'fail none',
    ],
    ['is none where nothing is published', 'a@other.example', 'a@sender.example', {}, 'none none'],
    [
      'is a temporary error when the record can not be had',
      'a@other.example',
      'a@sender.example',
      { '_dmarc.sender.example': 'temporary' },
      'temperror none',
    ],
    [
      'is a temporary error when SPF of the author could not be had',
      'a@sender.example',
      'a@sender.example',
      { 'sender.example': 'temporary', '_dmarc.sender.example': ['v=DMARC1; p=reject'] },
      'temperror none',
    ],
    [
      'is no temporary error when SPF of a stranger could not be had',
      'a@other.example',
      'a@sender.example',
      { 'other.example': 'temporary', '_dmarc.sender.example': ['v=DMARC1; p=reject'] },
      'fail reject',
    ],
  ];
  for (const [what, path, author, texts, expected] of cases) {
    it(what, async (t) => {
      const { dmarc } = await checked(t, letterFrom(author), from(path), texts);
      const [{ result, policy } = { result: '', policy: '' }] = dmarc;
      assert.equal(result === 'pass' ? result : `${result} ${policy}`, expected);
      assert.equal(dmarc.length, 1);
    });
  }

  it('passes by DKIM alone', async (t) => {
    const results = await checked(t, football, from('a@other.example'), {
      ...footballKey,
      '_dmarc.football.example.com': ['v=DMARC1; p=reject'],
    });
    assert.match(methodOf(results, 'dmarc'), /^dmarc=pass .*header\.from=football\.example\.com/);
  });

  it('tells the percentage of a record', async (t) => {
    const { dmarc } = await checked(t, letter, from('a@other.example'), { '_dmarc.sender.example': ['v=DMARC1; p=reject; pct=20'] });
    assert.equal(dmarc[0]?.percent, 20);
  });

  it('of several authors is judged for each, in one field or in two', async (t) => {
    const texts = { '_dmarc.sender.example': ['v=DMARC1; p=reject'], 'other.example': spf, '_dmarc.other.example': ['v=DMARC1; p=none'] };
    for (const message of [letterFrom('a@other.example, b@sender.example'), `From: a@other.example\r\n${letter}`]) {
      const { dmarc } = await checked(t, message, from('a@other.example'), texts);
      assert.deepEqual(
        dmarc.map(({ domain, result }) => `${domain} ${result}`),
        ['other.example pass', 'sender.example fail'],
      );
    }
  });

  it('of a message without an author is a permanent error that decides nothing', async (t) => {
    const results = await checked(t, 'Subject: hello\r\n\r\nHello.\r\n', from('a@other.example'), {});
    assert.match(methodOf(results, 'dmarc'), /^dmarc=permerror/);
    assert.deepEqual(results.dmarc, []);
  });

  it('is not dodged by a header without measure, nor by signatures without number', async (t) => {
    const texts = { ...footballKey, '_dmarc.sender.example': ['v=DMARC1; p=reject'] };
    const signature = `DKIM-Signature: v=1; a=rsa-sha256; d=sender.example; s=x; h=${'from:'.repeat(500)}from; bh=x; b=x\r\n`;
    for (const flood of ['X-Filler: x\r\n'.repeat(50_000), `X-Filler: x${'\r\n x'.repeat(100_000)}\r\n`, signature.repeat(200)]) {
      const { dmarc } = await checked(t, flood + letter, from('a@other.example'), texts, 60_000);
      assert.deepEqual(
        dmarc.map(({ result, policy }) => `${result} ${policy}`),
        ['fail reject'],
      );
    }
  });
});

describe('the checking of senders', () => {
  it('answers whoever waits when it is closed, and whoever comes later', async () => {
    const authentication = openSenderAuthentication({ resolver: dnsOf({}), clock: systemClock });
    const early = authentication.begin(from('a@sender.example'));
    await authentication.close();
    assert.equal((await early.end()).fault, 'closed');
    const late = authentication.begin(from('a@sender.example'));
    await late.write(Buffer.from(letter));
    const results = await late.end();
    assert.equal(results.fault, 'closed');
    assert.ok(results.methods.every((method) => /^(spf|dkim|dmarc)=temperror /.test(method)));
    assert.deepEqual(results.dmarc, []);
  });

  it('takes many messages at once, each with its own results', async (t) => {
    const resolver = dnsOf({}, {}, { 'one.example': ['v=spf1 ip4:192.0.2.1 -all'], 'two.example': ['v=spf1 -all'] });
    const authentication = openSenderAuthentication({ resolver, clock: systemClock });
    t.after(() => authentication.close());
    const results = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const check = authentication.begin(from(i % 2 === 0 ? 'a@one.example' : 'a@two.example'));
        for (let n = 0; n < 20; n++) await check.write(Buffer.from(n === 0 ? letter : 'x'.repeat(30_000)));
        if (i % 3 === 0) check.abandon();
        return i % 3 === 0 ? '' : methodOf(await check.end(), 'spf').split(' ')[0];
      }),
    );
    assert.deepEqual(
      results,
      Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? '' : i % 2 === 0 ? 'spf=pass' : 'spf=fail')),
    );
  });
});

describe('what is looked at of a header', () => {
  it('is all of an ordinary one, to the octet', () => {
    const block = 'DKIM-Signature: v=1;\r\n\tb=x\r\nFrom : a@sender.example\r\nSubject:  hello \r\n';
    assert.equal(headerToCheck(block), block);
  });

  it('is bounded in signatures, chains and From fields', () => {
    const many = (field: string, n: number): string => `${field}\r\n`.repeat(n);
    const kept = headerToCheck(
      many('DKIM-Signature: b=x', 20) + many('ARC-Seal: i=1', 11) + many('ARC-Message-Signature: i=1', 11) + many('From: a@b.example', 2),
    );
    assert.equal(kept, many('DKIM-Signature: b=x', 8) + many('From: a@b.example', 2));
    assert.equal(headerToCheck(many('X: y', 5_000) + many('From: a@b.example', 9)), many('From: a@b.example', 5));
  });
});
