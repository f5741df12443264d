import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { authoritiesIn } from '../../listeners/net/client-authorities.ts';
import { mailAddresses } from '../../listeners/net/client-certificate.ts';
import { selfSigned } from '../../platform/node/certificates.ts';
import { Authority, type Issued } from '../harness/authority.ts';
import type { Client } from '../harness/client.ts';
import { type Edge, openEdge, until } from '../harness/edge.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const authority = new Authority('our own');
const alice = authority.issue({ addresses: ['Alice@Example.org'] });

type LoginProtocol = 'msa' | 'pop3' | 'imap';

/** Up to where mechanisms are known. @returns what is offered */
const offered: Readonly<Record<LoginProtocol, (client: Client) => Promise<string>>> = {
  async msa(client) {
    client.send('EHLO phone.example.net');
    const lines: string[] = [];
    await client.expect('250 *', new Map(), (line) => lines.push(line) > 0);
    return lines.find((line) => line.startsWith('250-AUTH')) ?? '';
  },
  async pop3(client) {
    await client.ask('CAPA', '+OK *');
    return (await client.multiline()).find((line) => line.startsWith('SASL')) ?? '';
  },
  async imap(client) {
    client.send('c CAPABILITY');
    const line = await client.expect('* CAPABILITY *');
    await client.expect('c OK *');
    return line;
  },
};

const asks: Readonly<
  Record<LoginProtocol, { readonly startTls: readonly [string, string]; readonly auth: string; readonly ok: string; readonly no: string }>
> = {
  msa: { startTls: ['STARTTLS', '220 *'], auth: 'AUTH EXTERNAL', ok: '235 *', no: '535 *' },
  pop3: { startTls: ['STLS', '+OK *'], auth: 'AUTH EXTERNAL', ok: '+OK *', no: '-ERR [AUTH] *' },
  imap: { startTls: ['s STARTTLS', 's OK *'], auth: 'a AUTHENTICATE EXTERNAL', ok: 'a OK *', no: 'a NO [AUTHENTICATIONFAILED] *' },
};

describe('a login by client certificate', () => {
  let edge: Edge;

  before(async () => {
    edge = await openEdge({ settings: { 'login/max-failures': '20', 'login/failures-per-address': '0' } });
    await setAuthorities(authority.certificate);
    for (const protocol of ['msa', 'pop3', 'imap']) await edge.set(`${protocol}/login-certificate`, 'on');
  });
  after(() => edge.stop());

  const setAuthorities = async (text: string): Promise<void> => {
    const file = path.join(edge.dataDir, `authorities-${Math.random().toString(36).slice(2)}.pem`);
    await writeFile(file, text);
    const loaded = (): number => edge.events.filter((name) => name === 'client-authorities-loaded').length;
    const before = loaded();
    await edge.set('tls/client-ca', file);
    await until('the authorities to be loaded', async () => loaded() > before);
  };

  const connect = async (protocol: LoginProtocol, how: 'implicit' | 'starttls', certificate?: Issued): Promise<Client> => {
    const client = await edge.client(protocol, { tls: how === 'implicit', ...(certificate === undefined ? {} : { certificate }) });
    await client.expect(protocol === 'msa' ? '220 *' : protocol === 'pop3' ? '+OK *' : '* OK *');
    if (how === 'implicit') return client;
    assert.doesNotMatch(await offered[protocol](client), /EXTERNAL/);
    await client.ask(...asks[protocol].startTls);
    await client.startTls();
    return client;
  };

  for (const protocol of ['msa', 'pop3', 'imap'] as const) {
    const { auth, ok, no } = asks[protocol];

    for (const how of ['implicit', 'starttls'] as const) {
      it(`is taken by ${protocol} with TLS by ${how}, for the account that the certificate names`, async () => {
        const client = await connect(protocol, how, alice);
        assert.match(await offered[protocol](client), /EXTERNAL/);
        await client.ask(`${auth} =`, ok);
        client.close();
      });
    }

    it(`is offered by ${protocol} only to who has shown a good one`, async () => {
      const stranger = new Authority('another');
      const bad: readonly (Issued | undefined)[] = [
        undefined,
        stranger.issue({ addresses: ['alice@example.org'] }),
        authority.issue({ addresses: ['alice@example.org'], use: 'server' }),
        authority.issue({ addresses: ['alice@example.org'], until: Date.now() - 3600_000 }),
        authority.issue({ addresses: ['alice@example.org'], from: Date.now() + 3600_000 }),
        authority.issue({ dnsNames: ['alice.example.org'] }),
      ];
      for (const certificate of bad) {
        const client = await connect(protocol, 'implicit', certificate);
        assert.doesNotMatch(await offered[protocol](client), /EXTERNAL/);
        await client.ask(`${auth} =`, protocol === 'msa' ? '504 *' : protocol === 'pop3' ? '-ERR [SYS/PERM] *' : 'a NO [CANNOT] *');
        client.close();
      }
    });

    it(`lets nobody be somebody else at ${protocol}`, async () => {
      const client = await connect(protocol, 'implicit', alice);
      await offered[protocol](client);
      await client.ask(`${auth} ${base64('bob@example.org')}`, no);
      await client.ask(`${auth} ${base64('postmaster@localhost')}`, no);
      await client.ask(auth, protocol === 'msa' ? '334*' : '+ *');
      await client.ask(base64('alice@example.org'), ok);
      client.close();
    });
  }

  it('needs an account of that name, and what fails is counted', async () => {
    const client = await connect('imap', 'implicit', authority.issue({ addresses: ['nobody@example.org', 'none@example.com'] }));
    await edge.set('login/max-failures', '1');
    client.send('a AUTHENTICATE EXTERNAL =');
    await client.expect('* BYE Too many failed logins');
    await edge.set('login/max-failures', '20');
  });

  it('chooses among the addresses of a certificate by the name that the client gives', async () => {
    await edge.addAccount('bob');
    const both = authority.issue({ addresses: ['nobody@example.org', 'alice@example.org', 'bob@example.org'] });
    const client = await connect('imap', 'implicit', both);
    await client.ask(`a AUTHENTICATE EXTERNAL ${base64('bob')}`, 'a OK *');
    await edge.world.accounts.remove('bob@example.org' as never);
    await client.expect('* BYE *'); // who was removed is logged out
  });

  it('is possible in a TLS session that is taken up again', async () => {
    const to = { port: edge.port('imap', true), host: '127.0.0.1', key: alice.key, cert: alice.certificate, rejectUnauthorized: false };
    const first = connectTls(to);
    const [session] = await once(first, 'session');
    first.destroy();
    const again = connectTls({ ...to, session });
    await once(again, 'secureConnect');
    assert.ok(again.isSessionReused());
    const [greeting] = await once(again, 'data');
    assert.match(String(greeting), /AUTH=EXTERNAL/);
    again.destroy();
  });

  it('submits mail as its account', async () => {
    const client = await connect('msa', 'implicit', alice);
    await offered.msa(client);
    await client.ask('AUTH EXTERNAL =', '235 *');
    await client.ask('MAIL FROM:<bob@example.org>', '553 *');
    await client.ask('MAIL FROM:<alice@example.org>', '250 *');
    await client.ask('RCPT TO:<alice@example.org>', '250 *');
    client.close();
  });

  it('is over with the next list of revocations, and with the setting', async () => {
    const carol = authority.issue({ addresses: ['alice@example.org'] });
    await setAuthorities(authority.certificate + authority.revoke(carol));
    const revoked = await connect('imap', 'implicit', carol);
    assert.doesNotMatch(await offered.imap(revoked), /EXTERNAL/);
    const other = await connect('imap', 'implicit', alice);
    assert.match(await offered.imap(other), /EXTERNAL/);
    await edge.set('imap/login-certificate', 'off');
    assert.doesNotMatch(await offered.imap(other), /EXTERNAL/);
    await other.ask('a AUTHENTICATE EXTERNAL =', 'a NO [CANNOT] *');
    await edge.set('imap/login-certificate', 'on');
    revoked.close();
    other.close();
  });

  for (const protocol of ['msa', 'pop3', 'imap'] as const) {
    it(`ends at ${protocol} when the authorities or their lists are others, and a handshake of before is worth nothing`, async () => {
      await setAuthorities(authority.certificate);
      const { auth, ok } = asks[protocol];
      const [phone, laptop] = [await connect(protocol, 'implicit', alice), await connect(protocol, 'implicit', alice)];
      assert.match(await offered[protocol](laptop), /EXTERNAL/);
      await offered[protocol](phone);
      await phone.ask(`${auth} =`, ok);
      await setAuthorities(authority.certificate + authority.revoke());
      assert.doesNotMatch(await offered[protocol](laptop), /EXTERNAL/);
      await phone.expect(protocol === 'msa' ? '421 *' : protocol === 'pop3' ? '-ERR *' : '* BYE Account was changed, log in again');
      laptop.close();
    });
  }

  it('leaves the last good authorities in force when what is set can not be used', async () => {
    const file = path.join(edge.dataDir, 'bad.pem');
    await writeFile(file, 'nothing of the kind');
    await edge.set('tls/client-ca', file);
    await until('the bad file to be told of', async () => edge.failures.some((name) => name.includes('client-authorities-rejected')));
    const client = await connect('imap', 'implicit', alice);
    assert.match(await offered.imap(client), /EXTERNAL/);
    client.close();
  });
});

describe('authorities', () => {
  it('are told by what is wrong with them', () => {
    assert.throws(() => authoritiesIn('file', 'none'), /there is no certificate/);
    assert.throws(() => authoritiesIn('file', selfSigned('mail.example.org', Date.now()).certificate), /not that of an authority/);
    assert.throws(() => authoritiesIn('file', `${authority.certificate}-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----`));
    assert.equal(authoritiesIn('file', authority.certificate + authority.revoke()).revocations.length, 1);
  });
});

describe('addresses of a certificate', () => {
  const read = (subjectAltName: string): readonly string[] => mailAddresses({ subjectAltName, checkEmail: (email) => email });

  it('are its e-mail names, and nothing that another name pretends to hold', () => {
    assert.deepEqual(read('email:a@example.org, DNS:x.example, email:b@example.org'), ['a@example.org', 'b@example.org']);
    assert.deepEqual(read('DNS:"x, email:root@example.org", email:a@example.org'), ['a@example.org']);
    assert.deepEqual(read('URI:"http://x/\\", email:root@example.org, \\"", DNS:y'), []);
    assert.deepEqual(read(''), []);
  });
});
