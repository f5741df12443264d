import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { seenBit } from '../../core/mailbox/stored-flags.ts';
import {
  appendToBlock,
  blockOf,
  blockSize,
  entriesOf,
  type FlagEntry,
  firstWithout,
  packBlock,
  uidsOfBlock,
} from '../../platform/embedded/sqlite/flag-block.ts';

const keyword = fc.stringMatching(/^[A-Za-z$]{1,3}$/);
const keywords = fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.array(keyword, { minLength: 1, maxLength: 3 }).map((all) => all.join(' ')) }); // biome-ignore format: two ways
const modseq = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: 70_000 }),
  fc.integer({ min: 1, max: 2 ** 33 }),
  fc.maxSafeNat().map((n) => n + 1),
);
const lastBlock = blockOf(0xffff_ffff);
const block = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: lastBlock - 1, max: lastBlock }));
const entries = fc
  .tuple(
    block,
    fc.array(fc.record({ at: fc.nat(blockSize - 1), flags: fc.nat(31), keywords, modseq }), { minLength: 1, maxLength: blockSize }),
  )
  .map(([number, some]): readonly FlagEntry[] =>
    [...new Map(some.map((one) => [one.at, one])).values()]
      .sort((a, b) => a.at - b.at)
      .map(({ at, ...rest }) => ({ uid: number * blockSize + at, ...rest })),
  );

describe('a block of flags', () => {
  it('gives back what was packed into it, whatever that is', () => {
    fc.assert(
      fc.property(entries, (some) => {
        const packed = packBlock(some);
        assert.deepEqual(entriesOf(packed), some);
        assert.equal(packed.block, blockOf(some[0]?.uid ?? 0));
        assert.equal(packed.modseq, Math.max(...some.map((one) => one.modseq)));
      }),
    );
  });

  it('tells which UIDs are in it, and the first that lacks a flag, without being read whole', () => {
    fc.assert(
      fc.property(entries, (some) => {
        const packed = packBlock(some);
        assert.deepEqual(uidsOfBlock(packed), some.map(({ uid }) => uid)); // biome-ignore format: side by side
        assert.equal(firstWithout(packed, seenBit), some.find(({ flags }) => (flags & seenBit) === 0)?.uid);
      }),
    );
  });

  it('takes messages in behind those that are there as if all had come together', () => {
    let taken = 0;
    fc.assert(
      fc.property(entries, fc.nat(blockSize), (some, at) => {
        const [old, fresh] = [some.slice(0, at), some.slice(at)];
        if (old.length === 0 || fresh.length === 0) return;
        const grown = appendToBlock(packBlock(old), fresh);
        if (grown === undefined) return;
        taken += 1;
        assert.deepEqual(entriesOf(grown), some);
        assert.equal(grown.modseq, packBlock(some).modseq);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(taken > 0);
    const plain = (uid: number, modseq: number, keywords = ''): FlagEntry => ({ uid, flags: 0, keywords, modseq });
    const two = packBlock([plain(1, 5), plain(3, 6)]);
    assert.deepEqual(appendToBlock(two, [plain(4, 7), plain(9, 7)]), packBlock([plain(1, 5), plain(3, 6), plain(4, 7), plain(9, 7)]));
    for (const not of [plain(2, 7), plain(3, 7), plain(4, 4), plain(4, 600), plain(4, 7, 'Work')])
      assert.equal(appendToBlock(two, [not]), undefined);
  });

  it('is small where messages are alike, and no larger than it must be where they are not', () => {
    const alike = Array.from({ length: blockSize }, (_, i): FlagEntry => ({ uid: blockSize + i, flags: seenBit, keywords: '', modseq: 9 }));
    assert.equal(packBlock(alike).packed.length, 9 + blockSize / 8 + blockSize);
    const unlike = alike.map((entry, i) => ({ ...entry, modseq: 1 + i * 500, keywords: i % 2 === 0 ? 'Work' : 'Work Later' }));
    assert.equal(packBlock(unlike).packed.length, 9 + blockSize / 8 + blockSize * 4);
    assert.equal(packBlock(unlike).keywords, 'Work\nWork Later');
  });
});
