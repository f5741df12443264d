import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collationKey } from '../../core/mailbox/sort/collation-key.ts';

const same = (...texts: string[]) => assert.equal(new Set(texts.map(collationKey)).size, 1, texts.join(' '));
const ascending = (...texts: string[]) =>
  assert.deepEqual(
    texts.toReversed().sort((a, b) => (collationKey(a) < collationKey(b) ? -1 : 1)),
    texts,
  );

describe('a key that texts are compared by', () => {
  it('knows no capitals, and no difference between one character and its parts', () => {
    same('plum', 'PLUM', 'Plum');
    same('\u00e4', 'A\u0308', '\u00c4');
    same('ǆ', 'Ǆ', 'ǅ');
    same('ᾳ', 'ᾼ');
    same('σ', 'Σ', 'ς');
    same('ა', 'ა');
    assert.notEqual(collationKey('ß'), collationKey('ss'));
  });

  it('goes by octets of UTF-8, also beyond the first plane', () => {
    ascending('', 'a', 'A b', 'b', 'e', '\u00e9', 'f', 'z', 'я', '\uffee', '\u{1f600}');
    ascending('A', 'anton', '\u00e4nne', 'B');
  });

  it('is no longer than 400 octets', () => {
    assert.equal(collationKey('\u00e4'.repeat(10_000)).length, 400);
    same('x'.repeat(400), `${'x'.repeat(400)}y`);
  });
});
