import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import type { CertificatePair } from '../../platform/node/certificates.ts';
import { certificateFor } from '../harness/elsewhere/certificates.ts';
import { lacksLoopbackNetwork } from '../harness/elsewhere/documented-networks.ts';
import { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import { failedIn } from '../harness/outbound/reports.ts';
import { Sender, until } from '../harness/outbound/sender.ts';
import { lacksExim, startExim } from '../harness/peers/exim.ts';
import { bodyOf, readMaildir } from '../harness/peers/maildir.ts';
import { lacksPostfix, type Postfix, startPostfix } from '../harness/peers/postfix.ts';
import { missing } from './client.ts';

const lacks = (why: string | undefined): string | false => lacksLoopbackNetwork || (why ?? false);

const texts = {
  '<dots@example.org>': '.\r\n..\r\n.dot\r\n\r\n.\r\n',
  '<eight@example.org>': 'gr\xfc\xdfe \xe4\xf6\xfc\r\n',
  '<long@example.org>': `${'x'.repeat(998)}\r\n`,
  '<big@example.org>': 'a line of some length, again and again\r\n'.repeat(25_000),
  '<empty@example.org>': '',
} as const;

/** Sends what is hard to send, and sees it arrive as it was. @returns the texts as the host stored them */
async function sendsAll(t: TestContext, sender: Sender, domain: string, maildir: string): Promise<readonly string[]> {
  for (const [id, text] of Object.entries(texts)) {
    await sender.send({ id, text, to: `alice@${domain}`, declared: { eightBit: id.startsWith('<eight'), utf8: false } });
  }
  await until('the spool to be empty', async () => (await sender.rows()).length === 0);
  await until('all to be stored', async () => (await readMaildir(maildir)).length >= Object.keys(texts).length);
  const stored = await readMaildir(maildir);
  for (const [id, text] of Object.entries(texts)) {
    const [one, ...others] = stored.filter((whole) => whole.toLowerCase().includes(`message-id: ${id}\r\n`));
    assert.deepEqual(others, [], `${id} arrived once`);
    assert.equal(bodyOf(one ?? ''), text, `${id} as it was`);
  }
  t.diagnostic(`${stored.length} messages`);
  return stored;
}

/** One of two recipients does not exist there: the other gets it, and the sender hears of it. */
async function reportsRefused(sender: Sender, domain: string, maildir: string): Promise<void> {
  const stored = (await readMaildir(maildir)).length;
  await sender.send({ id: '<two@example.org>', to: [`alice@${domain}`, `nobody@${domain}`] });
  await until('the report', async () => failedIn(await sender.inbox()).length > 0);
  const reports = failedIn(await sender.inbox());
  assert.deepEqual(
    reports.map(({ address }) => address),
    [`nobody@${domain}`],
  );
  assert.match(reports[0]?.status ?? '', /^5\.\d/);
  await until('the other to be stored', async () => (await readMaildir(maildir)).length === stored + 1);
}

function deliveringPostfix(): Promise<Postfix> {
  const pair = certificateFor('postfix.example');
  return startPostfix({
    services: ['virtual'],
    prepare: (home) => {
      mkdirSync(join(home, 'mail'));
      execFileSync('chown', ['mail', join(home, 'mail')]);
      writeFileSync(join(home, 'key.pem'), pair.key, { mode: 0o600 });
      writeFileSync(join(home, 'certificate.pem'), pair.certificate);
    },
    main: (home) => `myhostname = postfix.example
mydestination =
virtual_mailbox_domains = postfix-domain.example
virtual_mailbox_base = ${home}/mail
virtual_mailbox_maps = inline:{ { alice@postfix-domain.example = box/ } }
virtual_uid_maps = static:8
virtual_gid_maps = static:8
virtual_minimum_uid = 1
smtpd_reject_unlisted_recipient = yes
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_key_file = ${home}/key.pem
smtpd_tls_cert_file = ${home}/certificate.pem
smtpd_tls_received_header = yes
`,
  });
}

describe('Postfix as a receiving host', { skip: lacks(lacksPostfix()) }, () => {
  it('gets what was sent, octet for octet, over TLS, and its refusals are reported', async (t) => {
    const postfix = await deliveringPostfix();
    t.after(() => postfix.stop());
    const elsewhere = await Elsewhere.open(t);
    elsewhere.domain('postfix-domain.example', elsewhere.silentHost('192.0.2.1', {}, 'postfix.example'));
    const sender = await Sender.open(t, elsewhere, { places: { '192.0.2.1': { ip: '127.0.0.1', port: postfix.port } } });
    const maildir = join(postfix.home, 'mail', 'box');
    const stored = await sendsAll(t, sender, 'postfix-domain.example', maildir);
    for (const one of stored) assert.match(one, /\(using TLSv1\.[23]/);
    await reportsRefused(sender, 'postfix-domain.example', maildir);
  });
});

describe('Exim as a receiving host', { skip: lacks(lacksExim()) }, () => {
  it('gets what was sent, octet for octet, over TLS, and its refusals are reported', async (t) => {
    const exim = await startExim(certificateFor('exim.example'));
    t.after(() => exim.stop());
    const elsewhere = await Elsewhere.open(t);
    elsewhere.domain('exim-domain.example', elsewhere.silentHost('192.0.2.1', {}, 'exim.example'));
    const sender = await Sender.open(t, elsewhere, { places: { '192.0.2.1': { ip: '127.0.0.1', port: exim.port } } });
    const stored = await sendsAll(t, sender, 'exim-domain.example', exim.maildir);
    for (const one of stored) assert.match(one, /\(TLS1\.[23]\)/);
    await reportsRefused(sender, 'exim-domain.example', exim.maildir);
  });
});

const relayHost = 'relay.example';

/** Relays for those who log in, to wherever; all of it ends in one maildir. */
function relayingPostfix(pair: CertificatePair): Promise<Postfix> {
  return startPostfix({
    services: ['virtual'],
    prepare: (home) => {
      mkdirSync(join(home, 'mail'));
      execFileSync('chown', ['mail', join(home, 'mail')]);
      writeFileSync(join(home, 'key.pem'), pair.key, { mode: 0o600 });
      writeFileSync(join(home, 'certificate.pem'), pair.certificate);
      mkdirSync(join(home, 'config', 'sasl')); // where Debian's Postfix looks, whatever cyrus_sasl_config_path says
      const sasl = ['pwcheck_method: auxprop', 'auxprop_plugin: sasldb', `sasldb_path: ${home}/sasldb`, 'mech_list: PLAIN LOGIN', ''];
      writeFileSync(join(home, 'config', 'sasl', 'smtpd.conf'), sasl.join('\n'));
      execFileSync('saslpasswd2', ['-p', '-c', '-f', join(home, 'sasldb'), '-u', relayHost, 'mailweir'], { input: 'let me in' });
      execFileSync('chown', ['postfix', join(home, 'sasldb')]);
    },
    main: (home) => `myhostname = ${relayHost}
mydestination =
default_transport = virtual
virtual_mailbox_base = ${home}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:8
virtual_gid_maps = static:8
virtual_minimum_uid = 1
smtpd_sasl_auth_enable = yes
cyrus_sasl_config_path = ${join(home, 'config', 'sasl')}
smtpd_sasl_local_domain = ${relayHost}
smtpd_tls_auth_only = yes
smtpd_sasl_authenticated_header = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_tls_security_level = may
smtpd_tls_key_file = ${home}/key.pem
smtpd_tls_cert_file = ${home}/certificate.pem
smtpd_tls_received_header = yes
`,
  });
}

describe('Postfix as a smarthost', { skip: lacks(lacksPostfix()) || missing('saslpasswd2') }, () => {
  const trustedBefore = tls.getCACertificates('default');
  const pair = certificateFor(relayHost);
  let postfix: Postfix;

  before(async () => {
    postfix = await relayingPostfix(pair);
    tls.setDefaultCACertificates([...trustedBefore, pair.certificate]);
  });
  after(() => {
    tls.setDefaultCACertificates(trustedBefore);
    postfix.stop();
  });

  async function relayed(t: TestContext, password: string): Promise<Sender> {
    const elsewhere = await Elsewhere.open(t);
    elsewhere.silentHost('192.0.2.1', {}, relayHost);
    const sender = await Sender.open(t, elsewhere, {
      settings: { 'outbound/route': 'smarthost', 'outbound/smarthost': `${relayHost}:587 mailweir secret:relay` },
      places: { '192.0.2.1': { ip: '127.0.0.1', port: postfix.port } },
    });
    writeFileSync(join(sender.dataDir, 'secrets', 'relay'), password, { mode: 0o600 });
    return sender;
  }

  it('relays what comes with the right password over verified TLS, octet for octet', async (t) => {
    const sender = await relayed(t, 'let me in');
    const stored = await sendsAll(t, sender, 'anywhere.example', join(postfix.home, 'mail', 'box'));
    for (const one of stored) assert.match(one, /\(Authenticated sender: mailweir@?/);
  });

  it('is sent nothing when it does not take the password, and the mail waits', async (t) => {
    const sender = await relayed(t, 'wrong');
    const before = await readMaildir(join(postfix.home, 'mail', 'box'));
    const [row] = await sender.send({ id: '<wrong@example.org>', to: 'x@anywhere.example' });
    assert.match((row && (await sender.afterAttempt(row)))?.lastError ?? '', /535 5\.7\.8/);
    assert.deepEqual(await readMaildir(join(postfix.home, 'mail', 'box')), before);
    assert.ok(!JSON.stringify(await sender.rows()).includes('wrong"'), 'no password is kept');
  });

  it('is sent nothing when its certificate is not trusted', async (t) => {
    tls.setDefaultCACertificates(trustedBefore);
    t.after(() => tls.setDefaultCACertificates([...trustedBefore, pair.certificate]));
    const sender = await relayed(t, 'let me in');
    const [row] = await sender.send({ id: '<untrusted@example.org>', to: 'x@anywhere.example' });
    assert.match((row && (await sender.afterAttempt(row)))?.lastError ?? '', /self-signed certificate/i);
  });
});
