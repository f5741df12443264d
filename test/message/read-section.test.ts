import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { messageFacts } from '../../core/message/parse-message.ts';
import { cutSection, filterHeader, readSection, type SectionSource } from '../../core/message/read-section.ts';
import type { Section } from '../../core/values/section.ts';

const prefix = 'Return-Path: <a@b>\r\n';

/** Reads a section as FETCH does. */
function read(name: string, path: readonly number[], text: Section['text'] = 'all', fields?: readonly string[]): string | undefined {
  const octets = readFileSync(new URL(`../fixtures/messages/${name}.eml`, import.meta.url));
  const facts = messageFacts();
  facts.write(octets);
  const source = readSection({ prefix, facts: facts.end() }, fields === undefined ? { path, text } : { path, text, fields });
  return source && octetsOf(source, octets);
}

function octetsOf(source: SectionSource, octets: Buffer): string {
  const whole = source.prefix + octets.toString('latin1', source.range.from, source.range.to);
  assert.equal(whole.length, source.size);
  return source.filter === undefined ? whole : filterHeader(whole, source.filter);
}

describe('a section of a message', () => {
  it('is the whole with its prefix, its header with it, or its text without', () => {
    const whole = read('plain', []) ?? '';
    assert.ok(whole.startsWith(`${prefix}From: a@example.org\r\n`) && whole.endsWith('world\r\n'));
    assert.equal((read('plain', [], 'HEADER') ?? '') + read('plain', [], 'TEXT'), whole);
    assert.equal(read('plain', [], 'TEXT'), 'Hello\r\nworld\r\n');
  });

  it('1 is the body of what is no multipart, with the MIME fields of the message; there is no 2 and no 1.1', () => {
    assert.equal(read('plain', [1]), 'Hello\r\nworld\r\n');
    assert.match(read('plain', [1], 'MIME') ?? '', /^From: a@example.org\r\n.*\r\n\r\n$/s);
    for (const path of [[2], [1, 1], [1, 2]]) assert.equal(read('plain', path), undefined);
    assert.equal(read('plain', [1], 'HEADER'), undefined);
    assert.equal(read('plain', [1], 'TEXT'), undefined);
  });

  it('is a part of a multipart and its MIME header', () => {
    assert.equal(read('two-parts', [1]), 'first');
    assert.equal(read('two-parts', [1], 'MIME'), '\r\n');
    assert.equal(read('two-parts', [2], 'MIME'), 'Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n');
    assert.equal(read('two-parts', [3]), undefined);
  });

  it('leads through a message inside a part', () => {
    const header = 'Subject: inner\r\nTo: c@d\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n';
    assert.equal(read('nested-message', [1], 'HEADER'), header);
    assert.equal(read('nested-message', [1]), `${header}${read('nested-message', [1], 'TEXT')}`);
    assert.equal(read('nested-message', [1, 1]), 'plain');
    assert.equal(read('nested-message', [1, 2]), '<b>');
    assert.equal(read('nested-message', [1, 2], 'MIME'), 'Content-Type: text/html\r\n\r\n');
    assert.equal(read('nested-message', [1, 2, 1]), undefined);
    assert.equal(read('nested-message-plain', [1, 1]), 'inner body\r\n');
    assert.equal(read('nested-message-plain', [1], 'HEADER.FIELDS', ['subject']), 'Subject: inner\r\n\r\n');
  });

  it('of wanted or unwanted fields ends with a blank line, and knows the prefix', () => {
    assert.equal(read('plain', [], 'HEADER.FIELDS', ['subject', 'RETURN-path']), `${prefix}Subject: x\r\n\r\n`);
    assert.equal(read('plain', [], 'HEADER.FIELDS', ['none']), '\r\n');
    assert.equal(read('two-parts', [], 'HEADER.FIELDS.NOT', ['From', 'MIME-Version', 'Content-Type', 'Return-Path']), 'Subject: x\r\n\r\n');
    assert.equal(read('parameters-continued', [], 'HEADER.FIELDS', ['content-disposition'])?.split('\r\n').length, 5);
    assert.equal(read('no-blank-line', [], 'HEADER.FIELDS', ['mime-version']), 'MIME-Version: 1.0\r\n\r\n');
  });

  it('of a part that stands in for none is empty', () => assert.equal(read('closed-at-once', [1]), ''));
});

describe('a partial section', () => {
  it('is the same octets as cutting the whole, over the edge of the prefix and past the end', () => {
    const octets = Buffer.from('0123456789');
    const source: SectionSource = { prefix: 'abcde', range: { from: 2, to: 8 }, size: 11 };
    const whole = 'abcde234567';
    for (let offset = 0; offset <= 13; offset++) {
      for (let count = 1; count <= 13; count++) {
        assert.equal(octetsOf(cutSection(source, offset, count), octets), whole.slice(offset, offset + count), `<${offset}.${count}>`);
      }
    }
    assert.equal(cutSection(source, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).size, 0);
  });
});
