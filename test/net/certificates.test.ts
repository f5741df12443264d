import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import { usablePair } from '../../listeners/net/key-pair.ts';
import { openTls, type TlsMaterial, type TlsOptions } from '../../listeners/net/tls.ts';
import { selfSigned } from '../../platform/node/certificates.ts';

const now = Date.UTC(2026, 10, 26);
const day = 86_400_000; // ms
const years = 365.25 * day;
const pem = ({ key, certificate }: { key: string; certificate: string }): string => key + certificate;

describe('a certificate and its key', () => {
  const mail = selfSigned('mail.example.org', now);
  const issuer = selfSigned('issuer.example', now - 9.9 * years);

  it('are found in one PEM text, in whatever order, with the chain behind the certificate', () => {
    for (const text of [pem(mail), mail.certificate + issuer.certificate + mail.key]) {
      assert.deepEqual(usablePair(text).pair.key, mail.key);
      assert.ok(usablePair(text).pair.certificate.startsWith(mail.certificate.trim()));
    }
    assert.equal(usablePair(pem(mail) + issuer.certificate).pair.certificate, mail.certificate + issuer.certificate);
  });

  it('are found in JSON, as issuers give them', () => {
    const text = JSON.stringify({ certificate: mail.certificate, chain: issuer.certificate, key: mail.key });
    assert.deepEqual(usablePair(text).pair, { key: mail.key, certificate: mail.certificate + issuer.certificate });
    assert.deepEqual(usablePair(JSON.stringify({ certificate: mail.certificate, key: mail.key })).pair, mail);
  });

  it('are over when the first of the chain is', () => {
    const own = usablePair(pem(mail)).over;
    assert.equal(Math.round((own - now) / day), 3653); // ten years
    assert.equal(Math.round((usablePair(pem(mail) + issuer.certificate).over - now) / day), 37); // a tenth of a year
  });

  it('are told by what is wrong with them, and never by a word of the key', () => {
    const wrong: readonly [string, RegExp][] = [
      ['none of it', /there is no certificate in it/],
      [mail.certificate, /there is no private key in it/],
      [mail.certificate + issuer.key, /./],
      [`{"certificate": "${mail.key}`, /begins like JSON and is none/],
      ['x'.repeat(300_000), /longer than/],
    ];
    const secretPart = mail.key.split('\n')[1] ?? '';
    for (const [text, message] of wrong)
      assert.throws(
        () => usablePair(text),
        (error: Error) => message.test(error.message) && !error.message.includes(secretPart),
      );
  });
});

/** Subject of the certificate that a client is shown. */
async function shown(material: TlsMaterial): Promise<string> {
  const server = tls.createServer({ SNICallback: (_, done) => done(null, material.secureContext()) });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  const client = tls.connect({ port, host: '127.0.0.1', servername: 'mail.example.org', rejectUnauthorized: false });
  await once(client, 'secureConnect');
  const { subject } = client.getPeerCertificate();
  client.destroy();
  server.close();
  return String(subject.CN);
}

interface Stage {
  readonly secrets: Map<string, string>;
  readonly told: string[];
  readonly time: { now: number };
  readonly open: (options?: Partial<TlsOptions>) => Promise<TlsMaterial>;
  /** Resolves when every look has been made that was due. */
  readonly looked: () => Promise<void>;
}

/** Secrets of a stage, in memory, and what was told of them. Each look asks for the secret once. */
function stage(set: Readonly<Record<string, string>> = {}): Stage {
  const secrets = new Map<string, string>();
  const told: string[] = [];
  const time = { now };
  let looks = 0;
  const get = async (name: string): Promise<string | undefined> => {
    looks += 1;
    if (secrets.get(name) === 'unreachable') throw new Error('Secrets Manager does not answer');
    return secrets.get(name);
  };
  return {
    secrets,
    told,
    time,
    open: (options) =>
      openTls({
        settings: fixedSettings(set),
        secrets: { get },
        usualSecret: 'certificate',
        atStart: 'self-signed',
        clock: { now: () => time.now },
        log: {
          event: (name, fields) => told.push(`${name} ${fields?.certificate ?? ''}`.trim()),
          failure: (name, error) => told.push(`${name}: ${(error as Error).message}`),
        },
        selfSigned: async () => selfSigned('self.example', now),
        lookEvery: 5,
        ...options,
      }),
    looked: async () => {
      const from = looks;
      while (looks < from + 3) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

describe('the certificate of a stage', { timeout: 30_000 }, () => {
  it('is taken from its secret as soon as it is there, and each time it is another', async (t) => {
    const { secrets, told, open, looked } = stage();
    secrets.set('certificate', 'none'); // as the deploy leaves it
    const material = await open();
    t.after(() => material.close());
    assert.equal(await shown(material), 'self.example');
    for (const name of ['first.example', 'second.example']) {
      secrets.set('certificate', pem(selfSigned(name, now)));
      await looked();
      assert.equal(await shown(material), name);
    }
    assert.deepEqual(told, [
      'certificate-loaded self-signed',
      'certificate-loaded secret:certificate',
      'certificate-loaded secret:certificate',
    ]);
  });

  it('that is bad is told once by name, and the last good one stays, also when the secret is emptied or out of reach', async (t) => {
    const { secrets, told, open, looked } = stage();
    secrets.set('certificate', pem(selfSigned('good.example', now)));
    const material = await open();
    t.after(() => material.close());
    told.length = 0;
    for (const value of ['-----BEGIN NONSENSE-----', 'none', 'unreachable']) {
      secrets.set('certificate', value);
      await looked();
      assert.equal(await shown(material), 'good.example');
    }
    assert.deepEqual(told, [
      "certificate-rejected: tls/certificate secret:certificate can't be used: there is no certificate in it (-----BEGIN CERTIFICATE-----)",
      'certificate-rejected: secret:certificate holds no certificate any more',
      "certificate-rejected: secret:certificate can't be read: Secrets Manager does not answer",
    ]);
  });

  it('that is bad at the start does not keep a task from serving: it shows one of its own until there is a good one', async (t) => {
    const { secrets, told, open, looked } = stage();
    secrets.set('certificate', 'no certificate');
    const material = await open();
    t.after(() => material.close());
    assert.equal(await shown(material), 'self.example');
    assert.match(told[0] ?? '', /^certificate-rejected: tls\/certificate secret:certificate can't be used/);
    secrets.set('certificate', pem(selfSigned('good.example', now)));
    await looked();
    assert.equal(await shown(material), 'good.example');
  });

  it('can be another secret, with its key beside it or in a secret of its own', async (t) => {
    const pair = selfSigned('other.example', now);
    for (const [set, texts] of [
      [{ 'tls/certificate': 'secret:other' }, { other: pem(pair) }],
      [
        { 'tls/certificate': 'secret:chain', 'tls/key': 'secret:key' },
        { chain: pair.certificate, key: pair.key },
      ],
    ] as const) {
      const { secrets, open } = stage(set);
      for (const [name, text] of Object.entries(texts)) secrets.set(name, text);
      const material = await open({ atStart: 'refuse' });
      t.after(() => material.close());
      assert.equal(await shown(material), 'other.example');
    }
  });

  it('that is set and is not there is an error at the start, by name, where nothing else was asked for', async () => {
    const { open } = stage({ 'tls/certificate': 'secret:missing' });
    await assert.rejects(open({ atStart: 'refuse' }), /tls\/certificate secret:missing can't be used: there is no such secret/);
  });

  it('says how many days are left, and once a day when they are fewer than fourteen', async (t) => {
    const { secrets, told, time, open, looked } = stage();
    secrets.set('certificate', pem(selfSigned('old.example', now)));
    time.now = now + 10 * years - 14.5 * day;
    const material = await open();
    t.after(() => material.close());
    assert.equal(material.daysLeft(), 14.5);
    const warnings = (): number => told.filter((line) => line === 'certificate-expires-soon secret:certificate').length;
    await looked();
    assert.equal(warnings(), 0);
    time.now += day;
    await looked();
    assert.equal(warnings(), 1);
    time.now += day / 2;
    await looked();
    assert.equal(warnings(), 1);
    time.now += 14 * day;
    await looked();
    assert.equal(warnings(), 2);
    assert.equal(material.daysLeft(), -1);
  });
});
