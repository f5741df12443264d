import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { keyBits } from '../../listeners/net/key-bits.ts';
import type { Client } from '../harness/client.ts';
import { type Edge, openEdge } from '../harness/edge.ts';

type LoginProtocol = 'msa' | 'pop3' | 'imap';

interface Dialogue {
  /** @returns what tells how to log in */
  offered(client: Client): Promise<string>;
  readonly open: RegExp;
  readonly shut: RegExp;
  /** @returns the answer to a right password, or to the name before it */
  logIn(client: Client): Promise<string>;
}

const plain = Buffer.from('\0alice@example.org\0secret').toString('base64');

const dialogues: Readonly<Record<LoginProtocol, Dialogue>> = {
  msa: {
    async offered(client) {
      await client.expect('220 *');
      client.send('EHLO phone.example.net');
      const lines: string[] = [];
      await client.expect('250 *', new Map(), (line) => lines.push(line) > 0);
      return lines.join(' ');
    },
    open: /AUTH PLAIN LOGIN/,
    shut: /^(?!.*AUTH)/,
    logIn: (client) => client.ask(`AUTH PLAIN ${plain}`, '*'),
  },
  pop3: {
    async offered(client) {
      await client.expect('+OK *');
      await client.ask('CAPA', '+OK *');
      return (await client.multiline()).join(' ');
    },
    open: /(?<!UTF8 )USER SASL PLAIN/,
    shut: /^(?!.*SASL)(?!.*(?<!UTF8 )USER)/,
    async logIn(client) {
      const answer = await client.ask('USER alice', '*');
      return answer.startsWith('-') ? answer : client.ask('PASS secret', '*');
    },
  },
  imap: {
    offered: (client) => client.expect('* OK *'),
    open: /AUTH=PLAIN(?!.*LOGINDISABLED)/,
    shut: /LOGINDISABLED(?!.*AUTH=)/,
    logIn: (client) => client.ask('a LOGIN alice secret', 'a *'),
  },
};

/** By the bits of their keys. */
const ciphers = { 128: 'TLS_AES_128_GCM_SHA256', 256: 'TLS_AES_256_GCM_SHA384' } as const;

const cases: readonly (readonly [least: number, sorts: readonly (0 | 128 | 256)[]])[] = [
  [0, [0, 128, 256]],
  [1, [128, 256]],
  [128, [128, 256]],
  [129, [256]],
  [256, [256]],
];

describe('the least bits of a key', () => {
  let edge: Edge;
  before(async () => {
    edge = await openEdge({ settings: { 'login/max-failures': '20' } });
  });
  after(() => edge.stop());

  for (const protocol of ['msa', 'pop3', 'imap'] as const) {
    for (const [least, allowed] of cases) {
      it(`of ${protocol}, when they are ${least}, let in ${allowed.map((bits) => bits || 'no TLS').join(' and ')}`, async () => {
        await edge.set(`${protocol}/min-key-bits`, String(least));
        const { offered, open, shut, logIn } = dialogues[protocol];
        for (const bits of [0, 128, 256] as const) {
          const client = await edge.client(protocol, bits === 0 ? {} : { tls: true, cipher: ciphers[bits] });
          const may = allowed.includes(bits);
          assert.match(await offered(client), may ? open : shut, `${bits} bits`);
          const answer = await logIn(client);
          assert.match(
            answer,
            may ? /^(?:235|\+OK|a OK)/ : /^(?:538 5\.7\.11|-ERR \[SYS\/PERM\]|a NO \[PRIVACYREQUIRED\])/,
            `${bits} bits`,
          );
          client.close();
        }
      });
    }
  }

  it('are never asked for on port 25, where nobody logs in', async () => {
    const client = await edge.client('smtp');
    await client.expect('220 *');
    client.send('EHLO mx.example.net');
    await client.expect('250 *', new Map(), (line) => line.startsWith('250-'));
    await client.ask('MAIL FROM:<>', '250 *');
    client.close();
  });
});

describe('bits by the names of ciphers', () => {
  it('are those of the symmetric key', () => {
    const known = {
      TLS_CHACHA20_POLY1305_SHA256: 256,
      TLS_AES_128_CCM_SHA256: 128,
      'ECDHE-RSA-AES256-GCM-SHA384': 256,
      'ECDHE-ECDSA-AES128-SHA256': 128,
      'DES-CBC3-SHA': 112,
      'NULL-SHA256': 0,
      'SOMETHING-ELSE': 0,
    };
    for (const [name, bits] of Object.entries(known)) assert.equal(keyBits(name), bits, name);
  });
});
