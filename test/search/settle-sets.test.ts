import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settleSets } from '../../core/mailbox/search/settle-sets.ts';
import { SelectedMailbox } from '../../core/mailbox/selected-mailbox.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
import type { Modseq, Uid } from '../../core/values/uid.ts';

const rows = Array.from({ length: 20 }, (_, i) => ({ uid: (i + 1) as Uid, flags: [], modseq: 1n as Modseq }));

describe('what a search saved', () => {
  it('stands in memory once, however many keys of the next search name it', () => {
    const view = new SelectedMailbox({
      uids: Uint32Array.from(rows, ({ uid }) => uid),
      uidNext: 21 as Uid,
      highestModseq: 1n as Modseq,
      recent: [],
    });
    view.save(rows.filter(({ uid }) => uid % 2 === 1).map(({ uid }) => ({ from: uid, to: uid })));
    const keys = Array.from({ length: 100 }, (_, i): readonly SearchKey[] => [
      { key: 'SET', set: ['$'] },
      { key: 'UID', set: ['$'] },
      { key: 'NOT', of: { key: 'SET', set: ['$', { from: 1 + (i % 20), to: '*' }] } },
    ]);
    const settled = settleSets({ key: 'AND', of: keys.flat() }, view);
    const large = setsIn(settled).filter((set) => set.length > 1);
    assert.equal(large.length, 300);
    assert.equal(new Set(large).size, 1);
    assert.deepEqual(large[0], view.resolve(['$'], true));
  });
});

function setsIn(key: SearchKey): readonly (readonly unknown[])[] {
  if (key.key === 'NOT') return setsIn(key.of);
  if (key.key === 'AND' || key.key === 'OR') return key.of.flatMap(setsIn);
  return key.key === 'UID' ? [key.set] : [];
}
