import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emailId } from '../../core/mailbox/email-id.ts';
import type { BodyId } from '../../core/values/ids.ts';

const body = '01JD0000000000000000000000' as BodyId;
const returnPath = (of: string): string => `Return-Path: <${of}>\r\n`;

describe('an EMAILID', () => {
  it('is of the characters and the length that RFC 8474 allows', () => {
    for (const prefix of ['', returnPath('a@example.org'), returnPath('x'.repeat(300))])
      assert.match(emailId({ body, prefix }), /^[A-Za-z0-9_-]{1,255}$/);
  });

  it('is another where the octets are others', () => {
    const prefixes = ['', ...Array.from({ length: 2000 }, (_, i) => returnPath(`${i}@example.org`))];
    assert.equal(new Set(prefixes.map((prefix) => emailId({ body, prefix }))).size, prefixes.length);
    assert.notEqual(emailId({ body, prefix: '' }), emailId({ body: `${body}1` as BodyId, prefix: '' }));
  });
});
