import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import type { CertificatePair } from '../../platform/node/certificates.ts';
import { certificateFor, expiredCertificateFor } from '../harness/elsewhere/certificates.ts';
import { lacksLoopbackNetwork } from '../harness/elsewhere/documented-networks.ts';
import { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import { Barrier, type MxScript } from '../harness/elsewhere/faults.ts';
import { Sender } from '../harness/outbound/sender.ts';

const relay = 'relay.example';
const login = { user: 'mailweir', password: 'let me in' };
const good = certificateFor(relay);
const expired = expiredCertificateFor(relay);
const other = certificateFor('other.example');
const untrusted = certificateFor(relay);

interface Row {
  readonly fault: string;
  readonly host: MxScript;
  /** Undefined: delivered. */
  readonly deferred?: RegExp;
  /** Whether the smarthost may have seen the password. */
  readonly toldPassword: boolean;
}

const shows = (pair: CertificatePair, script: MxScript = {}): MxScript => ({ tls: pair, login, ...script });

const table: readonly Row[] = [
  { fault: 'none', host: shows(good), toldPassword: true },
  { fault: 'a certificate nobody vouches for', host: shows(untrusted), deferred: /self-signed certificate/i, toldPassword: false },
  { fault: 'a certificate of another name', host: shows(other), deferred: /altnames|does not match/i, toldPassword: false },
  { fault: 'a certificate that has expired', host: shows(expired), deferred: /expired/i, toldPassword: false },
  { fault: 'no STARTTLS offered', host: { login }, deferred: /^4\.\d\.\d /, toldPassword: false },
  {
    fault: 'STARTTLS refused',
    host: shows(good, { connection: () => ({ starttls: { reply: '454 4.7.0 no TLS now' } }) }),
    deferred: /^4\.\d\.\d /,
    toldPassword: false,
  },
  {
    fault: 'garbage instead of the handshake',
    host: shows(good, { connection: () => ({ handshake: 'garbage' }) }),
    deferred: /^4\.\d\.\d /,
    toldPassword: false,
  },
  {
    fault: 'the password refused',
    host: shows(good, { login: { ...login, password: 'another' } }),
    deferred: /535 5\.7\.8/,
    toldPassword: true,
  },
  {
    fault: '421 at AUTH',
    host: shows(good, { connection: () => ({ auth: { reply: '421 4.3.2 busy' } }) }),
    deferred: /421 4\.3\.2 busy/,
    toldPassword: true,
  },
];

describe('what happens to a message by what happens to the smarthost', { skip: lacksLoopbackNetwork }, () => {
  const trusted = tls.getCACertificates('default');
  before(() => tls.setDefaultCACertificates([...trusted, good.certificate, expired.certificate, other.certificate]));
  after(() => tls.setDefaultCACertificates(trusted));

  for (const { fault, host, deferred, toldPassword } of table) {
    it(`${fault}: ${deferred === undefined ? 'relayed' : 'deferred'}${toldPassword ? '' : ', and no password is told'}`, async (t) => {
      const elsewhere = await Elsewhere.open(t);
      const mx = await elsewhere.host('192.0.2.1', host, relay);
      const settings = { 'outbound/route': 'smarthost', 'outbound/smarthost': `${relay}:587 ${login.user} secret:relay` };
      const sender = await Sender.open(t, elsewhere, { settings });
      writeFileSync(join(sender.dataDir, 'secrets', 'relay'), login.password, { mode: 0o600 });
      const [row] = await sender.send({ id: '<1@example.org>', to: 'x@far.example' });
      const left = row && (await sender.afterAttempt(row));
      assert.equal(mx.messages.length, deferred === undefined ? 1 : 0);
      assert.match(left?.lastError ?? '', deferred ?? /^$/);
      const commands = mx.connections.flatMap((one) => one.commands);
      assert.equal(
        commands.some((command) => command.startsWith('AUTH')),
        toldPassword,
      );
      assert.ok(mx.messages.every(({ secure }) => secure));
      const secret = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64');
      const kept = JSON.stringify([await sender.rows(), sender.events]);
      assert.ok(!kept.includes(login.password) && !kept.includes(secret), 'no password in the queue or the log');
    });
  }

  it('all domains go over the connections it may have', async (t) => {
    const elsewhere = await Elsewhere.open(t);
    const barrier = new Barrier(3);
    const mx = await elsewhere.host('192.0.2.1', { barrier }, relay);
    const settings = { 'outbound/route': 'smarthost', 'outbound/smarthost': `${relay}:25`, 'outbound/sessions': 3 };
    const sender = await Sender.open(t, elsewhere, { settings });
    await sender.send(...Array.from({ length: 12 }, (_, i) => ({ id: `<${i}@example.org>`, to: `x@d${i}.example` })));
    await elsewhere.until('all to arrive', () => mx.messages.length === 12);
    assert.deepEqual([mx.connections.length, mx.most, new Set(mx.messages.map(({ id }) => id)).size], [3, 3, 12]);
  });
});
