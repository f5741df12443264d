import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatInOrder } from '../../core/values/number-set.ts';
import type { Found } from '../../listeners/imap/run-search.ts';
import { esearch, pickedBy, plainAnswer } from '../../listeners/imap/search-answer.ts';
import type { SearchReturns } from '../../listeners/imap/wire/command.ts';

const found: fc.Arbitrary<readonly Found[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 })
  .map((numbers) => numbers.sort((a, b) => a - b).map((msn) => ({ msn, uid: msn * 3, modseq: BigInt((msn * 7) % 11) + 1n })));
const items: fc.Arbitrary<SearchReturns['items']> = fc.subarray(['MIN', 'MAX', 'ALL', 'COUNT'] as const, { minLength: 1 });

/** What stands behind a word of a response, or undefined. */
const behind = (line: string, word: string): string | undefined => new RegExp(` ${word} (\\S+)`).exec(line)?.[1];

function spelledOut(set: string): readonly number[] {
  return set.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split(':').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

describe('an ESEARCH response', () => {
  it('says of the same messages what SEARCH does, and only what was asked for', () =>
    fc.assert(
      fc.property(found, items, fc.boolean(), (messages, wanted, uid) => {
        const asked = { tag: 'a1', uid, byModseq: false };
        const numbers = plainAnswer('SEARCH', asked, messages).split(' ').slice(2).map(Number);
        const line = esearch(asked, { items: wanted, save: false }, messages);
        assert.ok(line.startsWith(uid ? '* ESEARCH (TAG "a1") UID' : '* ESEARCH (TAG "a1")'));
        const told = (word: (typeof wanted)[number]) => (wanted.includes(word) && numbers.length > 0 ? word : undefined);
        assert.equal(behind(line, 'MIN'), told('MIN') && `${numbers[0]}`);
        assert.equal(behind(line, 'MAX'), told('MAX') && `${numbers.at(-1)}`);
        assert.equal(behind(line, 'COUNT'), wanted.includes('COUNT') ? `${numbers.length}` : undefined);
        const all = behind(line, 'ALL');
        assert.deepEqual(all === undefined ? undefined : spelledOut(all), told('ALL') && numbers);
      }),
    ));

  it('tells the highest MODSEQ of the messages that it tells of', () =>
    fc.assert(
      fc.property(found, items, (messages, wanted) => {
        const returns = { items: wanted, save: false };
        const line = esearch({ tag: 'a1', uid: false, byModseq: true }, returns, messages);
        const modseqs = pickedBy(returns, messages).map(({ modseq }) => Number(modseq));
        assert.equal(behind(line, 'MODSEQ'), modseqs.length === 0 ? undefined : `${Math.max(...modseqs)}`);
      }),
    ));

  it('quotes the tag, whatever it is', () => {
    assert.equal(
      esearch({ tag: 'a{b]', uid: false, byModseq: false }, { items: ['COUNT'], save: false }, []),
      '* ESEARCH (TAG "a{b]") COUNT 0',
    );
  });

  it('names a message once that is the first and the last', () => {
    const one = [{ msn: 2, uid: 9, modseq: 4n }];
    assert.deepEqual(pickedBy({ items: ['MIN', 'MAX'], save: true }, one), one);
  });
});

describe('numbers in an order of their own', () => {
  it('come out of a set in that order, ranges ascending', () => {
    assert.equal(formatInOrder([7, 8, 9, 3, 2, 1, 4, 5]), '7:9,3,2,1,4:5');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (numbers) =>
        assert.deepEqual(spelledOut(formatInOrder(numbers)), numbers),
      ),
    );
  });
});
