import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { casemap } from '../../core/message/casemap.ts';

const finds = (sought: string, text: string): boolean => casemap(text).includes(casemap(sought));

/** Characters of any plane, those oftener that have something to them. */
const character = fc.oneof(
  fc.constantFrom('a', 'Z', 'ü', '\u0308', 'ß', 'ﬁ', 'İ', 'ı', 'ǆ', 'ς', 'ᾳ', 'ა', '한', '\ufdfa', '😀', '\u{10428}', '\u{1d15e}'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const text = fc.string({ unit: character, maxLength: 200 });

describe('the form in which texts are compared', () => {
  it('takes letters and their accents apart: the letter alone finds both', () => {
    assert.ok(finds('u', 'GRÜSSE'));
    assert.ok(finds('cafe', 'Café'));
    assert.ok(!finds('café', 'cafe'));
    assert.ok(finds('e\u0301', '\u00c9'));
    assert.ok(finds('\u00c9', 'e\u0301'));
  });

  it('is title case first, parts of characters after it (RFC 5051 section 2)', () => {
    assert.equal(casemap('plain!'), 'PLAIN!');
    assert.equal(casemap('ü ³'), 'U\u0308 3');
    assert.equal(casemap('Ǆenan'), 'Dz\u030cENAN');
    assert.equal(casemap('ﬁ'), 'fi');
    assert.equal(casemap('straße'), 'STRAßE');
    assert.equal(casemap('ῳ'), '\u03a9\u0345');
    assert.equal(casemap('각'), '\u1100\u1161\u11a8');
  });

  it('knows no order of accents and no end of a word', () => {
    assert.notEqual(casemap('a\u0316\u0301'), casemap('a\u0301\u0316'));
    assert.equal(casemap('ς'), casemap('σ'));
  });

  it('is the same for every way to write a text that differs in case or by what one character stands for', () => {
    for (const forms of ['äÄa\u0308', 'ǆǅǄ', 'აა', '\u{10428}\u{10400}', 'кК'].map((all) => all.match(/\P{M}\p{M}?/gu) ?? []))
      assert.equal(new Set(forms.map(casemap)).size, 1, forms.join(' '));
  });

  it('of two texts in a row is the forms of both in a row', () => {
    fc.assert(fc.property(text, text, (one, other) => assert.equal(casemap(one + other), casemap(one) + casemap(other))));
  });

  it('is that of each character, however long the text is', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 50 }), (some, times) => {
        const long = some.repeat(times);
        assert.equal(casemap(long), Array.from(long, casemap).join(''));
      }),
    );
    assert.equal(casemap('\ufdfa'.repeat(5_000)).length, 90_000);
  });

  it('keeps halves of surrogate pairs as they are', () => assert.equal(casemap('x\ud800é\udc00'), 'X\ud800E\u0301\udc00'));
});
