import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import { selfSigned } from '../../platform/node/certificates.ts';
import { serve } from '../harness/served.ts';
import { ToyClient } from '../net/toy.ts';

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await isSo()); ) {
    assert.ok(Date.now() < deadline, `never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const greeted = (port: number): Promise<string> =>
  ToyClient.open(port)
    .then((client) => client.line())
    .catch((error: NodeJS.ErrnoException) => error.code ?? '');

/** Subject of the certificate that a new connection is shown. */
async function shown(port: number): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return new X509Certificate(raw).subject;
}

describe('changes while the server runs', () => {
  it('a listener that is disabled closes its ports in all processes and drains, and opens again when it is enabled', async (t) => {
    const two = await serve({ processes: 2 });
    t.after(() => two.stop());
    const { 'pop3/port': pop3, 'pop3/tls-port': secure, 'imap/port': imap } = two.ports;
    const clients = await Promise.all([ToyClient.open(pop3), ToyClient.open(pop3), ToyClient.open(imap)]);
    for (const client of clients) assert.match(await client.line(), /^(\+OK|\* OK) /);
    await two.mailweir(['settings', 'set', 'pop3/enabled', 'off']);
    await until('its ports are closed', async () => (await greeted(pop3)) === 'ECONNREFUSED' && (await greeted(secure)) === 'ECONNREFUSED');
    assert.match(await greeted(imap), /^\* OK /);
    await two.mailweir(['settings', 'set', 'pop3/enabled', 'on']);
    await until('its port is open again', async () => (await greeted(pop3)).startsWith('+OK'));
    for (const client of clients.slice(0, 2)) await until('its session is ended', async () => (await client.line()) === '(closed)');
    assert.match((await clients[2]?.ask('a NOOP')) ?? '', /^a OK/, 'other sessions are left alone');
  });

  it('a new certificate is shown to new connections, a broken one to nobody, and running sessions go on', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'mailweir-'));
    t.after(() => rm(dir, { recursive: true, force: true }));
    const files = { certificate: join(dir, 'certificate.pem'), key: join(dir, 'key.pem') };
    const put = async (name: string): Promise<void> => {
      const { key, certificate } = selfSigned(name, Date.now());
      await writeFile(files.certificate, certificate);
      await writeFile(files.key, key);
    };
    await put('first.example.org');
    const server = await serve({ set: { 'tls/certificate': files.certificate, 'tls/key': files.key } });
    t.after(() => server.stop());
    const port = server.ports['imap/tls-port'];
    assert.equal(await shown(port), 'CN=first.example.org');
    const running = await ToyClient.open(port, true);
    assert.match(await running.line(), /^\* OK /);
    await put('second.example.org');
    await until('the new one is shown', async () => (await shown(port)) === 'CN=second.example.org');
    await writeFile(files.certificate, 'no certificate');
    await new Promise((resolve) => setTimeout(resolve, 5_500)); // longer than from one look at the files to the next
    assert.equal(await shown(port), 'CN=second.example.org');
    assert.match(await running.ask('a NOOP'), /^a OK/);
  });
});
