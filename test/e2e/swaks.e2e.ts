import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Served, serve } from '../harness/served.ts';
import { client, missing } from './client.ts';

const alice = 'alice@example.test';

describe('swaks', { skip: missing('swaks') }, () => {
  let mail: Served;
  const swaks = (...args: readonly string[]) => client('swaks', ['--server', '127.0.0.1', '--timeout', '20', ...args]);

  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
  });
  after(() => mail.stop());

  it('hands in mail on the MX port, in plain and after STARTTLS', async () => {
    for (const tls of [[], ['--tls']]) {
      const { code, stdout } = await swaks(
        '--port',
        `${mail.ports['smtp/port']}`,
        '--from',
        'bob@elsewhere.example',
        '--to',
        alice,
        ...tls,
      );
      assert.equal(code, 0, stdout);
      assert.match(stdout, /250 2\.0\.0 /);
    }
  });

  it('submits after STARTTLS with PLAIN and with LOGIN, and on the TLS port', async () => {
    const login = ['--from', alice, '--to', alice, '--auth-user', alice, '--auth-password', 'wonderland'];
    for (const way of [
      ['--port', `${mail.ports['msa/port']}`, '--tls', '--auth', 'PLAIN'],
      ['--port', `${mail.ports['msa/port']}`, '--tls', '--auth', 'LOGIN'],
      ['--port', `${mail.ports['msa/tls-port']}`, '--tls-on-connect', '--auth', 'PLAIN'],
    ]) {
      const { code, stdout } = await swaks(...way, ...login);
      assert.equal(code, 0, stdout);
    }
  });

  it('is refused with the right codes: relaying, an unknown address, a wrong password, a foreign sender', async () => {
    const mx = ['--port', `${mail.ports['smtp/port']}`, '--from', 'bob@elsewhere.example'];
    const msa = ['--port', `${mail.ports['msa/port']}`, '--tls', '--to', alice, '--auth-user', alice];
    assert.match((await swaks(...mx, '--to', 'eve@elsewhere.example')).stdout, /550 5\.7\.1 /);
    assert.match((await swaks(...mx, '--to', 'nobody@example.test')).stdout, /550 5\.1\.1 /);
    assert.match((await swaks(...msa, '--from', alice, '--auth-password', 'wrong')).stdout, /535 5\.7\.8 /);
    assert.match((await swaks(...msa, '--from', 'king@example.test', '--auth-password', 'wonderland')).stdout, /553 5\.7\.1 /);
  });
});
