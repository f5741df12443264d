import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DnsRecord, txtStrings, zoneLine } from '../../core/setup/dns-record.ts';
import { type MailRecordFacts, mailNotes, mailRecords } from '../../core/setup/mail-records.ts';
import { transportPolicy } from '../../core/setup/transport-policy.ts';
import { webRecords } from '../../core/setup/web-files.ts';
import { parseAddress } from '../../core/values/address.ts';
import { login, mailOf } from './services.ts';
import { asAnswered, plain, readZone } from './zone.ts';

const address = (text: string) => parseAddress(text) ?? assert.fail(text);
const key = { name: 'm1._domainkey.example.org', text: `v=DKIM1; k=rsa; p=${'A1b+/'.repeat(78)}` };

const facts = (more: Partial<MailRecordFacts> = {}): MailRecordFacts => ({
  service: mailOf(),
  senders: { direct: true, ses: false, smarthosts: [] },
  directName: 'mail.example.net',
  includes: [],
  keys: [key],
  dmarc: 'none',
  reports: address('postmaster@example.org'),
  sts: { policy: transportPolicy(mailOf(), 'testing'), id: 'a1' },
  ...more,
});

const textsOf = (records: readonly DnsRecord[], purpose: DnsRecord['purpose']): readonly string[] =>
  records.flatMap((record) => (record.purpose === purpose && record.data.type === 'TXT' ? [record.data.text] : []));
const notesOf = (given: MailRecordFacts): string =>
  mailNotes(given)
    .map(({ about, text }) => `${about}: ${text}`)
    .join('\n');

describe('records of a domain', () => {
  it('come out of a zone file and of a DNS answer as they went in', () => {
    const records = [
      ...mailRecords(facts()),
      ...webRecords(['mta-sts.example.org', 'static.example.net'], 'static.example.net'),
      { purpose: 'SPF', name: 'example.org', data: { type: 'TXT', text: `a "quoted" \\ text ${'x'.repeat(600)}` } } as const,
    ];
    const rows = readZone(records.map(zoneLine).join('\n'));
    assert.deepEqual(rows.map(asAnswered), records.map(plain));
    assert.ok(rows.every(({ ttl, data }) => ttl === 3600 && data.every((part) => Buffer.byteLength(part) <= 255)));
    assert.equal(records.filter(({ purpose }) => purpose === 'web').length, 1); // none from a name to itself
  });

  it('split a text at 255 octets and nowhere else', () => {
    assert.deepEqual(txtStrings('x'.repeat(255)), ['x'.repeat(255)]);
    assert.deepEqual(
      txtStrings(key.text).map(({ length }) => length),
      [255, key.text.length - 255],
    );
    assert.deepEqual(txtStrings(''), ['']);
  });

  it('name the edge and its ports, TLS from the first octet before STARTTLS, IMAP before POP3', () => {
    const lines = mailRecords(facts()).map(zoneLine);
    assert.equal(lines[0], 'example.org. 3600 IN MX 10 mail.example.net.');
    assert.deepEqual(lines.slice(-6), [
      '_submissions._tcp.example.org. 3600 IN SRV 0 1 465 mail.example.net.',
      '_submission._tcp.example.org. 3600 IN SRV 10 1 587 mail.example.net.',
      '_imaps._tcp.example.org. 3600 IN SRV 0 1 993 mail.example.net.',
      '_imap._tcp.example.org. 3600 IN SRV 10 1 143 mail.example.net.',
      '_pop3s._tcp.example.org. 3600 IN SRV 20 1 995 mail.example.net.',
      '_pop3._tcp.example.org. 3600 IN SRV 30 1 110 mail.example.net.',
    ]);
  });

  it('say of a protocol that is off that there is none', () => {
    const lines = mailRecords(facts({ service: mailOf({ pop3: login(110, 995, { enabled: false }) }) })).map(zoneLine);
    assert.deepEqual(lines.slice(-2), ['_pop3s._tcp.example.org. 3600 IN SRV 0 0 0 .', '_pop3._tcp.example.org. 3600 IN SRV 0 0 0 .']);
  });

  it('lead no mail here while SMTP is off, and tell how a policy is taken back', () => {
    const given = facts({ service: mailOf({ smtp: { enabled: false, port: 25 } }), sts: undefined });
    const purposes = mailRecords(given).map(({ purpose }) => purpose);
    assert.ok(!purposes.includes('MX') && !purposes.includes('MTA-STS'));
    assert.match(notesOf(given), /MX: smtp\/enabled is off/);
    assert.match(notesOf(given), /MTA-STS: .*--mta-sts none/);
  });

  it('tell that others come to port 25 where SMTP has another one', () => {
    assert.match(
      notesOf(facts({ service: mailOf({ smtp: { enabled: true, port: 2525 } }) })),
      /MX: .*port 25, always: let it lead to port 2525/,
    );
    assert.doesNotMatch(notesOf(facts()), /let it lead/);
  });

  it('have an SPF record by the ways that mail leaves', () => {
    const spf = (more: Partial<MailRecordFacts>) => textsOf(mailRecords(facts(more)), 'SPF');
    const smarthosts = ['smtp.relay.example'];
    assert.deepEqual(spf({}), ['v=spf1 a:mail.example.net -all']);
    assert.deepEqual(spf({ senders: { direct: false, ses: true, smarthosts: [] } }), ['v=spf1 include:amazonses.com ~all']);
    assert.deepEqual(spf({ senders: { direct: false, ses: false, smarthosts } }), []);
    assert.deepEqual(spf({ senders: { direct: false, ses: false, smarthosts }, includes: ['_spf.relay.example'] }), [
      'v=spf1 include:_spf.relay.example ~all',
    ]);
    assert.deepEqual(
      spf({ senders: { direct: true, ses: true, smarthosts: [] }, directName: 'out.mail.example.net', includes: ['amazonses.com'] }),
      ['v=spf1 a:out.mail.example.net include:amazonses.com ~all'],
    );
    assert.match(
      notesOf(facts({ senders: { direct: false, ses: false, smarthosts } })),
      /SPF: No record: mail leaves by smtp\.relay\.example/,
    );
  });

  it('have a DKIM record for each key, and words where SES signs or nobody does', () => {
    const second = { name: 'm2._domainkey.example.org', text: 'v=DKIM1; k=ed25519; p=AA==' };
    assert.deepEqual(textsOf(mailRecords(facts({ keys: [key, second] })), 'DKIM'), [key.text, second.text]);
    assert.match(notesOf(facts({ keys: [] })), /DKIM: There is no key.*mailweir dkim add example\.org/);
    const overSes = notesOf(facts({ keys: [], senders: { direct: false, ses: true, smarthosts: [] } }));
    assert.match(overSes, /<token>\._domainkey\.example\.org\. CNAME <token>\.dkim\.amazonses\.com/);
    assert.doesNotMatch(overSes, /There is no key/);
  });

  it('ask for reports, with what has a meaning of its own in a record escaped', () => {
    const records = mailRecords(facts({ dmarc: 'reject', reports: address("o!kx'%@example.org") }));
    assert.deepEqual(textsOf(records, 'DMARC'), ['v=DMARC1; p=reject; rua=mailto:o%21kx%27%25@example.org']);
    assert.deepEqual(textsOf(records, 'TLS-RPT'), ['v=TLSRPTv1; rua=mailto:o%21kx%27%25@example.org']);
    const quoted = mailRecords(facts({ reports: address('"a;b,c"@example.org') }));
    assert.deepEqual(textsOf(quoted, 'TLS-RPT'), ['v=TLSRPTv1; rua=mailto:%22a%3Bb%2Cc%22@example.org']);
  });

  it('have the domain that takes the reports say so, where it is another one', () => {
    const named = (reports: string) =>
      mailRecords(facts({ reports: address(reports) })).flatMap(({ name }) => (name.includes('._report.') ? [name] : []));
    assert.deepEqual(named('dmarc@bücher.example'), ['example.org._report._dmarc.xn--bcher-kva.example']);
    assert.deepEqual(named('dmarc@reports.example.org'), []);
  });
});
