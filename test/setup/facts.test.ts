import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateFit } from '../../cli/setup/certificate-fit.ts';
import { mailService } from '../../cli/setup/read-facts.ts';
import { nameUuid } from '../../cli/setup/stable-ids.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { resolveValues, valueIn } from '../../core/settings/resolve-values.ts';
import { selfSigned } from '../../platform/node/certificates.ts';
import { login, mailOf } from './services.ts';

function settings(world: 'aws' | 'embedded', stored: Readonly<Record<string, string>> = {}): LiveSettings {
  const place = { world, loopbackOnly: false, hostname: 'mail.example.net', memory: 0 } as const;
  const { values } = resolveValues({ stored: new Map(Object.entries(stored)), place });
  return { get: (setting) => valueIn(values, setting), routeRules: () => [], overrides: () => [], onChange: () => () => {} };
}

describe('what a domain is served by', () => {
  it('on AWS is the balancer, whatever the ports of its tasks are', () => {
    const stored = { 'imap/tls-port': '2993', 'pop3/login-password': 'off', 'msa/enabled': 'off' };
    assert.deepEqual(
      mailService('example.org', settings('aws', stored), 'functions'),
      mailOf({ pop3: login(110, 995, { passwords: false }), msa: login(587, 465, { enabled: false }) }),
    );
  });

  it('on one machine is what its settings say', () => {
    const { smtp, imap, msa } = mailService('example.org', settings('embedded', { 'imap/port': '143' }), 'processes');
    assert.deepEqual([smtp.port, imap, msa], [2525, login(143, 2993), login(2587, 2465)]);
  });
});

describe('the certificate beside a policy', () => {
  const host = 'mail.example.net';
  const now = Date.now();
  const fit = async (texts: string | undefined, at = now) =>
    (
      await certificateFit(host, {
        settings: settings('aws'),
        secrets: { get: async () => texts },
        usualSecret: 'certificate',
        now: at,
      })
    ).state;
  const own = selfSigned(host, now);

  /** The same under the name of another issuer; who looks at names alone sees one that was issued. */
  function issued(): string {
    const [, base64 = ''] = /-----BEGIN CERTIFICATE-----([\s\S]+)-----END/.exec(own.certificate) ?? [];
    const der = Buffer.from(base64, 'base64');
    Buffer.from('issuer.of.others').copy(der, der.indexOf(host)); // the issuer stands before the subject
    return `${own.key}-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  }

  it('fits when somebody else issued it for the name of the mail host', async () => {
    assert.equal(await fit(issued()), 'fits');
    assert.equal(await fit(issued(), now + 11 * 366 * 86_400_000), 'over');
  });

  it('does not when nobody but the server says so, or for another name', async () => {
    assert.equal(await fit('none'), 'self-signed'); // as a deploy makes the secret
    assert.equal(await fit(own.key + own.certificate), 'self-signed');
    const other = selfSigned('imap.example.net', now);
    assert.equal(await fit(other.key + other.certificate), 'another-name');
  });

  it('is unknown when it can not be read', async () => {
    assert.equal(await fit('no certificate'), 'unknown');
  });
});

describe('the UUID of a name', () => {
  it('is that of RFC 9562, appendix A.4', () => {
    assert.equal(nameUuid('www.example.com'), '2ED6657D-E927-568B-95E1-2665A8AEA6A2');
  });
});
