import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { profileIds } from '../../cli/setup/stable-ids.ts';
import { mayTake, parsePolicy } from '../../core/delivery/mta-sts/policy.ts';
import { appleProfile } from '../../core/setup/apple-profile.ts';
import { autoconfig } from '../../core/setup/autoconfig.ts';
import { autodiscover } from '../../core/setup/autodiscover.ts';
import type { MailService } from '../../core/setup/mail-service.ts';
import { stsModes, transportPolicy } from '../../core/setup/transport-policy.ts';
import { possiblePaths, webFiles, webNames } from '../../core/setup/web-files.ts';
import { element, xmlDocument } from '../../core/setup/xml.ts';
import { login, mailOf } from './services.ts';

const wanted = new URL('../fixtures/setup/', import.meta.url);
const filesOf = (service: MailService) => webFiles(service, transportPolicy(service, 'testing'), profileIds(service.domain));

describe('files for a static host', () => {
  it('are octet for octet those that were read before they were kept', async () => {
    for (const { path, text } of filesOf(mailOf())) {
      const name = path.split('/').at(-1) ?? '';
      assert.equal(text, await readFile(new URL(name, wanted), 'utf8'), name);
    }
  });

  it('are well-formed where they are XML', () => {
    const xml = filesOf(mailOf()).filter(({ text }) => text.startsWith('<?xml'));
    assert.equal(xml.length, 4);
    for (const { path, text } of xml) assert.equal(XMLValidator.validate(text), true, path);
  });

  it('stand where they are asked for, each under a name that leads there', () => {
    const files = filesOf(mailOf());
    assert.deepEqual(
      files.map(({ url }) => url),
      [
        'https://autoconfig.example.org/mail/config-v1.1.xml',
        'https://example.org/.well-known/autoconfig/mail/config-v1.1.xml',
        'https://autodiscover.example.org/autodiscover/autodiscover.xml',
        'https://autoconfig.example.org/mail/example.org.mobileconfig',
        'https://mta-sts.example.org/.well-known/mta-sts.txt',
      ],
    );
    assert.ok(files.every(({ url, path }) => new URL(url).pathname === `/${path}`));
    assert.deepEqual(files.map(({ path }) => path).toSorted(), possiblePaths('example.org').toSorted());
    assert.deepEqual(webNames('example.org', files), ['autoconfig.example.org', 'autodiscover.example.org', 'mta-sts.example.org']);
  });

  it('offer no client what is off, or takes no password', () => {
    const off = { enabled: false };
    const noPasswords = { passwords: false };
    const paths = (more: Partial<MailService>) => filesOf(mailOf(more)).map(({ path }) => path);
    assert.deepEqual(paths({ msa: login(587, 465, off) }), ['.well-known/mta-sts.txt']);
    assert.deepEqual(paths({ imap: login(143, 993, noPasswords), pop3: login(110, 995, off) }), ['.well-known/mta-sts.txt']);
    const pop3Only = mailOf({ imap: login(143, 993, off) });
    assert.doesNotMatch(autoconfig(pop3Only) + autodiscover(pop3Only), /imap/i);
    assert.match(appleProfile(pop3Only, profileIds('example.org')) ?? '', /EmailTypePOP[\s\S]*<integer>995</);
  });

  it('hold text of any kind as XML text', () => {
    const nasty = `<a href="x">&amp;'\u0000\ud800\r\n]]>`;
    const text = xmlDocument(element('a', [element('b', nasty, { c: nasty })]));
    assert.equal(XMLValidator.validate(text), true);
    const read = new XMLParser({ ignoreAttributes: false, trimValues: false, parseTagValue: false, htmlEntities: true }).parse(text);
    const held = nasty.replaceAll('\u0000', '\ufffd').replaceAll('\ud800', '\ufffd');
    assert.deepEqual(read.a.b, { '#text': held, '@_c': held });
  });
});

describe('the policy of MTA-STS', () => {
  it('names the very host that the MX record does, in every mode', () => {
    for (const mode of stsModes) {
      const service = mailOf({ hostname: 'mail.example.net' });
      const file = webFiles(service, transportPolicy(service, mode), profileIds('example.org')).find(({ path }) => path.endsWith('.txt'));
      const policy = parsePolicy(file?.text ?? '');
      assert.equal(policy?.mode, mode);
      assert.ok(policy && mayTake(policy, 'mail.example.net') && !mayTake(policy, 'mail2.example.net'));
    }
  });
});
