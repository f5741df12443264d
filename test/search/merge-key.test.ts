import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mergeKey, needsMessages } from '../../core/mailbox/search/merge-key.ts';
import { settleSets, uidsThatMayMatch } from '../../core/mailbox/search/settle-sets.ts';
import { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import type { Flag } from '../../core/values/flags.ts';
import { inNumberSet } from '../../core/values/number-set.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
import { type Modseq, maxUid, type Uid } from '../../core/values/uid.ts';
import { searchKeys } from './arbitrary-keys.ts';
import { LivingMailbox, letter } from './living-mailbox.ts';

const viewOf = (uids: readonly number[]): SelectedMailbox =>
  new SelectedMailbox({
    uids: Uint32Array.from(uids),
    uidNext: ((uids.at(-1) ?? 0) + 1) as Uid,
    highestModseq: 1n as Modseq,
    recent: [],
  });

const someView = viewOf([5, 9, 12, 40]);
const wordsOf = (key: SearchKey, view = someView): string | undefined => mergeKey(settleSets(key, view), view);
const text = (sought: string): SearchKey => ({ key: 'TEXT', text: sought });
const not = (of: SearchKey): SearchKey => ({ key: 'NOT', of });
const and = (...of: SearchKey[]): SearchKey => ({ key: 'AND', of });
const or = (one: SearchKey, other: SearchKey): SearchKey => ({ key: 'OR', of: [one, other] });
const set = (from: number | '*', to: number | '*'): SearchKey => ({ key: 'SET', set: [{ from, to }] });
const uid = (from: number | '*', to: number | '*'): SearchKey => ({ key: 'UID', set: [{ from, to }] });

/** The same, said in another way. @param turns which way at each step */
function reworded(key: SearchKey, turns: () => boolean): SearchKey {
  const inner = (one: SearchKey): SearchKey => reworded(one, turns);
  if (turns()) return not(not(inner(key)));
  if (turns()) return and(inner(key), { key: 'ALL' }, inner(key));
  if (key.key === 'AND') return and(...(turns() ? [...key.of].reverse() : key.of).map(inner));
  if (key.key === 'OR') return turns() ? or(inner(key.of[1]), inner(key.of[0])) : not(and(not(inner(key.of[0])), not(inner(key.of[1]))));
  if (key.key === 'UNFLAG') return not({ key: 'FLAG', flag: key.flag.toUpperCase() as Flag });
  if (key.key === 'TEXT' || key.key === 'BODY') return { ...key, text: key.text.toUpperCase() };
  return key.key === 'NOT' ? not(inner(key.of)) : key;
}

describe('the words of a search', () => {
  it('are the same however it is written', () => {
    fc.assert(
      fc.property(searchKeys, fc.infiniteStream(fc.boolean()), (key, stream) => {
        let left = 12; // rewordings nest
        const turns = (): boolean => left-- > 0 && stream.next().value === true;
        assert.equal(wordsOf(reworded(key, turns)), wordsOf(key));
      }),
    );
  });

  it('are the same only for searches that find the same, whichever client asks', async () => {
    const mailbox = new LivingMailbox();
    for (const word of ['apple', 'pear', 'plum', 'apple pear']) mailbox.append(letter(word, 'nothing'), ['work' as Flag]);
    const early = mailbox.select();
    mailbox.expunge(1);
    for (const word of ['plum', 'apple']) mailbox.append(letter('nothing', word));
    const views = [early, mailbox.select()];
    const known = new Map<string, ReadonlySet<number>>();
    await fc.assert(
      fc.asyncProperty(searchKeys, fc.nat(1), async (key, which) => {
        const view = views[which] as SelectedMailbox;
        const words = wordsOf(key, view);
        assert.ok(words !== undefined);
        const found = await mailbox.alone(settleSets(key, view), mailbox.select(), mailbox.now); // as the run sees the mailbox
        assert.deepEqual(known.get(words) ?? found, found, words);
        known.set(words, found);
        const own = await mailbox.alone(key, view, mailbox.now);
        assert.deepEqual(own, new Set([...found].filter((one) => view.msnOf(one as Uid) > 0)), 'as its own client sees it');
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not change when mail arrives, where the set reaches the last message', () => {
    const later = viewOf([5, 9, 12, 40, 41]);
    for (const key of [set(1, '*'), set(2, '*'), uid(9, '*'), uid('*', 9)]) {
      assert.equal(wordsOf(and(key, text('x')), later), wordsOf(and(key, text('x'))));
    }
    assert.equal(wordsOf(and(set(2, 4), text('x'))), wordsOf(and(uid(6, 99), text('x'))));
    assert.equal(wordsOf(and(set(1, '*'), text('x'))), wordsOf(text('x')), 'all of them is no condition');
    assert.notEqual(wordsOf(and(set(2, 3), text('x'))), wordsOf(and(set(2, 4), text('x'))));
  });

  it('are not there for what depends on the session, for keys nobody knows here, and when they are too many', () => {
    for (const key of ['RECENT', 'NEW', 'OLD', 'YOUNGER'] as const) {
      const unsafe = { key } as SearchKey;
      for (const whole of [unsafe, not(unsafe), and(text('x'), or(unsafe, text('y')))]) assert.equal(wordsOf(whole), undefined, key);
    }
    assert.equal(wordsOf(text('x'.repeat(20_000))), undefined);
    assert.notEqual(wordsOf(text('x'.repeat(2_000))), undefined);
  });

  it('tell texts apart that only look like other keys', () => {
    assert.notEqual(wordsOf(and(text('a" TEXT "b'))), wordsOf(and(text('a'), text('b'))));
    assert.notEqual(wordsOf(text('x')), wordsOf({ key: 'BODY', text: 'x' }));
    assert.notEqual(wordsOf(text('') as SearchKey), wordsOf({ key: 'ALL' }));
  });
});

describe('a search', () => {
  it('needs messages as soon as one of its keys does', () => {
    const flags = and(set(1, 3), or({ key: 'FLAG', flag: 'work' as Flag }, not({ key: 'NEW' })), { key: 'MODSEQ', modseq: 3n as Modseq });
    assert.equal(needsMessages(settleSets(flags, someView)), false);
    assert.equal(needsMessages(settleSets(and(flags, not({ key: 'SMALLER', octets: 3 })), someView)), true);
  });

  it('among a few messages looks at no others', () => {
    const among = (key: SearchKey) => uidsThatMayMatch(settleSets(key, someView));
    assert.deepEqual(among(and(text('x'), set(2, 3), uid(1, 20))), [{ from: 9, to: 12 }]);
    assert.deepEqual(among(and(text('x'), set('*', '*'))), [{ from: 40, to: maxUid }]);
    assert.ok(inNumberSet(among(not(set(2, 3))), 9), 'a set that is denied leaves out nothing');
    assert.deepEqual(among(set(7, 9)), [], 'numbers that are not there match nothing');
    assert.deepEqual(uidsThatMayMatch(settleSets(set(1, '*'), viewOf([]))), []);
  });
});
