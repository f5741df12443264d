import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SenderResults } from '../../core/delivery/sender-authentication.ts';
import type { ReversePath } from '../../core/values/address.ts';
import { type IpAddress, parseIp } from '../../core/values/network.ts';
import { authorDomains } from '../../platform/node/author-domains.ts';
import { CheckingSender } from '../../platform/node/check-sender.ts';

/** What the DNS has: a bank that wants forgeries refused, and a forger with a good name of his own. */
const published: Readonly<Record<string, readonly string[]>> = {
  'TXT _dmarc.bank.example': ['v=DMARC1; p=reject'],
  'TXT forger.example': ['v=spf1 ip4:192.0.2.1 -all'],
  'TXT _dmarc.forger.example': ['v=DMARC1; p=none'],
};

async function checked(header: string): Promise<SenderResults> {
  const client = parseIp('192.0.2.1') as IpAddress;
  const envelope = { host: 'mx.example.org', helo: 'mail.forger.example', client, reversePath: 'x@forger.example' as ReversePath };
  const check = new CheckingSender(envelope, async (name, type) => published[`${type} ${name}`] ?? []);
  await check.write(Buffer.from(`${header}\r\n\r\nSend money.\r\n`, 'utf8'));
  return await check.end();
}

/** Fields in which mail programs show ceo@bank.example, or may. */
const forgeries: readonly (readonly [how: string, header: string])[] = [
  ['a comment within the domain', 'From: ceo@bank(x).example'],
  ['white space within the domain', 'From: <ceo@bank. example>'],
  ['letters of full width', 'From: ceo@ｂank.example'],
  ['a soft hyphen', 'From: ceo@ba\u00adnk.example'],
  ['a quote without an end', 'From: "x <ceo@bank.example>'],
  ['a backslash at the end', 'From: ceo@bank.example\\'],
  ['something like a port', 'From: ceo@bank.example:25'],
  ['an address of the forger before it', 'From: <x@forger.example> <ceo@bank.example>'],
  ['white space before the colon', 'From\t : ceo@bank.example'],
  ['a second field', 'From: x@forger.example\r\nFrom: ceo@bank.example'],
  [
    'a long comment in a header beyond measure',
    `From: ceo@bank.example (${'x '.repeat(5_000)})\r\n${'X-Filler: y\r\n'.repeat(4_100)}To: bob@example.org`,
  ],
];

describe('the author of a message', () => {
  for (const [how, header] of forgeries) {
    it(`is not hidden from DMARC by ${how}`, async () => {
      const { dmarc } = await checked(header);
      assert.ok(dmarc.some(({ domain, result, policy }) => domain === 'bank.example' && result === 'fail' && policy === 'reject'));
    });
  }

  it('is suspect where there are more fields, or longer ones, than are looked at', async () => {
    const filler = `${'X-Filler: y\r\n'.repeat(4_100)}To: bob@example.org`;
    const many = `${'From: x@forger.example\r\n'.repeat(5)}From: ceo@bank.example`;
    for (const header of [many, `${many}\r\n${filler}`, `From: (${'x '.repeat(40_000)}) <ceo@bank.example>`]) {
      const { dmarc } = await checked(header);
      assert.deepEqual(
        dmarc.map(({ result, policy }) => `${result} ${policy}`),
        ['fail quarantine'],
      );
    }
  });

  it('is one domain however it is written, so that honest mail passes', async () => {
    for (const author of [
      'x@forger.example',
      '"A, B" <x@Forger.Example>',
      'x@forger.example (a, b)',
      'us: x@forger.example;',
      '"a@b" <x@forger.example.>',
    ]) {
      const { dmarc } = await checked(`From: ${author}`);
      assert.deepEqual(
        dmarc.map(({ domain, result }) => `${domain} ${result}`),
        ['forger.example pass'],
      );
    }
  });

  it('is nobody in a field without an address', () => {
    for (const value of ['root', '=?utf-8?q?Joe?=', '<>', '']) {
      assert.deepEqual(authorDomains(`From: ${value}\r\n`, []), { domains: [], beyondMeasure: false });
    }
  });

  it('has a domain as the DNS knows it, each once', () => {
    const header = Buffer.from('From: a@Bücher.example, b@BÜCHER.example., c@xn--bcher-kva.example\r\n').toString('latin1');
    assert.deepEqual(authorDomains(header, ['a@bücher.example']).domains, ['xn--bcher-kva.example']);
  });
});
