import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { authenticationResultsField, withoutResultsOf } from '../../core/message/authentication-results.ts';

const ours = ['mail.example.org'];
const filtered = (block: string): string => withoutResultsOf(block, ours);
const around = (field: string): string => `From: a@example.net\r\n${field}Subject: hello\r\n\r\n`;
const without = around('');

describe('Authentication-Results fields that come with a message', () => {
  const forged: Readonly<Record<string, string>> = {
    'as it should be': 'Authentication-Results: mail.example.org; spf=pass\r\n',
    'in other letters': 'AUTHENTICATION-results: Mail.Example.ORG; spf=pass\r\n',
    'with white space before the colon': 'Authentication-Results \t: mail.example.org; spf=pass\r\n',
    'folded before the name': 'Authentication-Results:\r\n\tmail.example.org;\r\n spf=pass\r\n',
    'with a version': 'Authentication-Results: mail.example.org 1; spf=pass\r\n',
    'with the version behind a slash': 'Authentication-Results: mail.example.org/1; spf=pass\r\n',
    'behind comments that nest': 'Authentication-Results: (a (b\\) c) ;) mail.example.org (d); spf=pass\r\n',
    'with a comment within the name': 'Authentication-Results: mail.(x)example.org; spf=pass\r\n',
    'with white space within the name': 'Authentication-Results: mail.\r\n example.org; spf=pass\r\n',
    quoted: 'Authentication-Results: "mail.example\\.org"; spf=pass\r\n',
    'with a dot at the end': 'Authentication-Results: mail.example.org.; spf=pass\r\n',
    'without results': 'Authentication-Results: mail.example.org\r\n',
    'with a comment that has no end': 'Authentication-Results: (mail.example.org; spf=pass\r\n',
    'with a quote that has no end': 'Authentication-Results: "mail.example.org; spf=pass\r\n',
    'without a name': 'Authentication-Results: ; spf=pass\r\n',
    empty: 'Authentication-Results:\r\n',
  };
  for (const [how, field] of Object.entries(forged)) {
    it(`go when they claim to be ours, ${how}`, () => assert.equal(filtered(around(field)), without));
  }

  const others: Readonly<Record<string, string>> = {
    'of another host': 'Authentication-Results: mx.example.net; spf=pass\r\n',
    'of a host whose name only begins like ours': 'Authentication-Results: mail.example.org.example.net; spf=pass\r\n',
    'of a host under our name': 'Authentication-Results: a.mail.example.org; spf=pass\r\n',
    'of another host, with our name in a comment': 'Authentication-Results: (mail.example.org) mx.example.net; spf=pass\r\n',
    'of another host, with our name among the results': 'Authentication-Results: mx.example.net; dkim=pass header.d=mail.example.org\r\n',
  };
  for (const [which, field] of Object.entries(others))
    it(`stay when they are ${which}`, () => assert.equal(filtered(around(field)), around(field)));

  it('go wherever they stand, and however many there are', () => {
    const field = 'Authentication-Results: mail.example.org; spf=pass\r\n';
    assert.equal(filtered(`${field}A: 1\r\n${field}${field}B: 2\r\n${field}\r\n`), 'A: 1\r\nB: 2\r\n\r\n');
  });

  it('go at the end of a header without a blank line', () => {
    assert.equal(filtered('A: 1\r\nAuthentication-Results: mail.example.org; spf=pass'), 'A: 1\r\n');
  });

  it('leave no trace of our name, whatever stands around it, and other fields are as they were', () => {
    const space = fc.constantFrom('', ' ', '\t', '\r\n ', ' \r\n\t', '(c)', ' (a(b)c) ', '\r\n (;) ');
    const name = fc.constantFrom('Authentication-Results', 'authentication-results', 'AuThEnTiCaTiOn-ReSuLtS');
    const other = fc.constantFrom(
      'A: 1\r\n',
      'Subject: x\r\n y\r\n',
      'no field at all\r\n',
      'Authentication-Results: mx.example.net; spf=pass\r\n',
    );
    const forgery = fc.tuple(name, space, space, space).map(([n, a, b, c]) => `${n}:${a}mail.example.org${b};${c}spf=pass\r\n`);
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            other.map((text) => ({ text, stays: true })),
            forgery.map((text) => ({ text, stays: false })),
          ),
        ),
        (fields) => {
          const all = fields.map(({ text }) => text).join('');
          const kept = fields
            .filter(({ stays }) => stays)
            .map(({ text }) => text)
            .join('');
          assert.equal(filtered(`${all}\r\n`), `${kept}\r\n`);
        },
      ),
    );
  });
});

describe('our Authentication-Results field', () => {
  it('has one method a line', () => {
    const field = authenticationResultsField('mail.example.org', ['spf=pass smtp.mailfrom=example.net', 'dkim=none']);
    assert.equal(field, 'Authentication-Results: mail.example.org;\r\n\tspf=pass smtp.mailfrom=example.net;\r\n\tdkim=none\r\n');
  });

  it('says none when there is nothing to say (RFC 8601 section 2.2)', () => {
    assert.equal(authenticationResultsField('mail.example.org', []), 'Authentication-Results: mail.example.org;\r\n\tnone\r\n');
  });

  it('can not be broken out of, and stays within bounds', () => {
    const methods = Array.from({ length: 200 }, (_, i) => `dkim=fail (${'x'.repeat(300)}\r\n\r\nevil ${i})`);
    const field = authenticationResultsField('mail.example.org', methods);
    assert.ok(field.length <= 16_500);
    assert.match(field, /^Authentication-Results: [^\r\n]*(\r\n\t[^\r\n]+)*\r\n$/);
  });
});
