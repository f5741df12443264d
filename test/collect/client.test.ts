import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { MaildropFault, type MaildropLogin } from '../../core/collect/maildrop-client.ts';
import { parseIp } from '../../core/values/network.ts';
import { type Pop3Options, pop3Client } from '../../platform/node/pop3/maildrop-client.ts';
import { mail, mailOfSize } from '../harness/mail.ts';
import { MaildropServer, type MaildropServerOptions, serverCertificate } from './maildrop-server.ts';

const loopback = parseIp('127.0.0.1');
assert.ok(loopback);
const resolver: Pop3Options['resolver'] = { addresses: async (host) => (host.startsWith('pop') ? [loopback] : []) };
const never = new AbortController().signal;

async function scene(t: TestContext, options: MaildropServerOptions, client: Partial<Pop3Options> = {}) {
  const server = await MaildropServer.open(t, options);
  const open = (login: Partial<MaildropLogin> = {}, signal = never) =>
    pop3Client({ resolver, ca: serverCertificate, ...client }).open(
      { host: 'pop.example.net', port: server.port, tls: 'none', user: 'alice', password: 'wonderland', ...login },
      signal,
    );
  return { server, open };
}

const isFault = (kind: MaildropFault['kind']) => (error: unknown) => {
  assert.ok(error instanceof MaildropFault, String(error));
  assert.equal(error.kind, kind, error.message);
  return true;
};

describe('the POP3 client', () => {
  for (const tls of ['implicit', 'starttls'] as const) {
    it(`reads over TLS, ${tls}, from a host whose certificate is right`, async (t) => {
      const capabilities = ['UIDL', 'USER', 'STLS', 'SASL PLAIN'];
      const { server, open } = await scene(t, { implicitTls: tls === 'implicit', capabilities });
      const large = mailOfSize(300_000);
      server.put('alice', 'large', large);
      const maildrop = await open({ tls });
      assert.match(maildrop.connection?.version ?? '', /^TLSv1\.[23]$/);
      assert.ok((maildrop.connection?.bits ?? 0) >= 128);
      assert.deepEqual(await maildrop.list(), [{ number: 1, uidl: 'large', size: large.length }]);
      const chunks: Uint8Array[] = [];
      for await (const chunk of maildrop.retrieve(1)) chunks.push(chunk);
      assert.ok(Buffer.concat(chunks).equals(large));
      assert.equal(await maildrop.delete(1), true);
      await maildrop.quit();
      assert.deepEqual(server.deleted, ['large']);
      assert.ok(!server.commands.some((line) => line.startsWith('PASS')), 'AUTH PLAIN where the server has it');
    });
  }

  it('says nothing to a host whose certificate is for another name, or nobody vouches for', async (t) => {
    const { server, open } = await scene(t, { capabilities: ['STLS'] });
    await assert.rejects(open({ tls: 'starttls', host: 'pop.example.org' }), isFault('tls'));
    await assert.rejects(pop3Client({ resolver }).open({ ...loginFor(server), tls: 'starttls' }, never), isFault('tls'));
    assert.deepEqual(new Set(server.commands), new Set(['CAPA', 'STLS']));
  });

  it('sends no password where STLS is wanted and not offered, or refused', async (t) => {
    for (const options of [{ capabilities: ['UIDL'] }, { capabilities: undefined }, { capabilities: ['STLS'], twist: refuseStls }]) {
      const { server, open } = await scene(t, options);
      await assert.rejects(open({ tls: 'starttls' }), isFault('no-starttls'));
      assert.ok(!server.commands.some((line) => /^(?:USER|PASS|AUTH)/.test(line)));
    }
  });

  it('takes nothing for the answer over TLS that came before TLS', async (t) => {
    const twist = (command: string) => (command === 'STLS' ? { raw: '+OK begin\r\n+OK injected\r\n' } : undefined);
    const { open } = await scene(t, { capabilities: ['STLS'], twist });
    await assert.rejects(open({ tls: 'starttls' }), isFault('tls'));
  });

  it('asks for UTF-8 where the server has it, and collects all the same where that is refused', async (t) => {
    const { server, open } = await scene(t, { capabilities: ['USER', 'UTF8 USER'] });
    await (await open()).quit();
    assert.deepEqual(server.commands, ['CAPA', 'UTF8', 'USER alice', 'PASS wonderland', 'QUIT']);
  });

  it('logs in with USER and PASS where the server has nothing else, or does not know CAPA', async (t) => {
    const { server, open } = await scene(t, { capabilities: undefined });
    await (await open()).quit();
    assert.deepEqual(server.commands, ['CAPA', 'USER alice', 'PASS wonderland', 'QUIT']);
  });

  it('sends no password that would be a command', async (t) => {
    const { server, open } = await scene(t, {});
    await assert.rejects(open({ password: 'x\r\nDELE 1' }), isFault('login-refused'));
    assert.deepEqual(server.commands, ['CAPA']);
  });

  it('tells no password that comes back in what is no reply', async (t) => {
    const { open } = await scene(t, { twist: (command) => (command.startsWith('PASS') ? `${command}?` : undefined) });
    await assert.rejects(open(), (error) => {
      assert.ok(isFault('protocol')(error) && error instanceof Error);
      assert.match(error.message, /PASS \*\*\*\?$/);
      return true;
    });
  });

  it('gives up a server that says nothing, or that sends next to nothing', async (t) => {
    const pace = { reply: 150, window: 150, least: 1000 };
    const silent = await scene(t, { twist: (command) => (command === 'CAPA' ? 'silence' : undefined) }, { pace });
    await assert.rejects(silent.open(), isFault('too-slow'));
    const slow = await scene(t, { twist: (command) => (command === 'RETR 1' ? { raw: '+OK\r\nSubject: a' } : undefined) }, { pace });
    slow.server.put('alice', 'one', mail());
    const maildrop = await slow.open();
    await assert.rejects(async () => {
      for await (const _ of maildrop.retrieve(1));
    }, isFault('too-slow'));
    await assert.rejects(maildrop.quit(), isFault('cut'));
  });

  it('is broken off at whatever point it is', async (t) => {
    const { server, open } = await scene(t, { twist: (command) => (command === 'RETR 1' ? { raw: '+OK\r\nSubject: a' } : undefined) });
    server.put('alice', 'one', mail());
    const end = new AbortController();
    const maildrop = await open({}, end.signal);
    await assert.rejects(async () => {
      for await (const _ of maildrop.retrieve(1)) end.abort();
    }, isFault('cut'));
    const ended = new AbortController();
    ended.abort();
    await assert.rejects(open({}, ended.signal), isFault('cut'));
  });

  it('ends the session when a message is not read to its end, and deletes nothing', async (t) => {
    const { server, open } = await scene(t, {});
    server.put('alice', 'one', mailOfSize(2_000_000));
    const maildrop = await open();
    assert.equal(await maildrop.delete(1), true);
    const other = await open();
    for await (const _ of other.retrieve(1)) break;
    await assert.rejects(other.quit(), isFault('cut'));
    maildrop.close();
    assert.deepEqual(server.deleted, []);
  });

  it('asks for the delay between logins again where it is another one for each user', async (t) => {
    const { server, open } = await scene(t, { capabilities: ['LOGIN-DELAY 60 USER', 'USER'] });
    assert.equal((await open()).loginDelay, 60);
    assert.equal(server.commands.filter((line) => line === 'CAPA').length, 2);
  });

  it('tells a host that has no address from one that does not answer', async (t) => {
    const { open } = await scene(t, {});
    await assert.rejects(open({ host: 'nowhere.example.net' }), /nowhere\.example\.net has no address/);
    await assert.rejects(open({ port: 1 }), isFault('unreachable'));
  });
});

const refuseStls = (command: string) => (command === 'STLS' ? '-ERR not now' : undefined);
const loginFor = ({ port }: MaildropServer): MaildropLogin => ({
  host: 'pop.example.net',
  port,
  tls: 'none',
  user: 'alice',
  password: 'wonderland',
});
