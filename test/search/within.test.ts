import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { evaluate } from '../../core/mailbox/search/evaluate.ts';
import type { SearchRow } from '../../core/mailbox/search/evidence.ts';
import { mergeKey, needsMessages } from '../../core/mailbox/search/merge-key.ts';
import { settleTimes } from '../../core/mailbox/search/settle-times.ts';
import type { SearchKey } from '../../core/values/search-key.ts';

const now = Date.UTC(2026, 0, 2, 12, 0, 0, 700);

function matches(key: SearchKey, internalDate: number): unknown {
  const record = { internalDate, facts: { envelope: {} } } as MessageRecord;
  return evaluate(settleTimes(key, now), { row: {} as SearchRow, record });
}

describe('a search by age', () => {
  it('goes by whole seconds, and takes what is exactly as old for both (RFC 5032 section 2)', () => {
    const asked = (key: 'OLDER' | 'YOUNGER', ms: number) => matches({ key, seconds: 60 }, now - ms);
    assert.deepEqual([asked('OLDER', 59_000), asked('OLDER', 60_000), asked('OLDER', 61_000)], [false, true, true]);
    assert.deepEqual([asked('YOUNGER', 59_000), asked('YOUNGER', 60_000), asked('YOUNGER', 61_000)], [true, true, false]);
  });

  it('leaves no message out', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff_ffff }), fc.integer({ min: -1e12, max: 1e13 }), (seconds, ago) => {
        const either: SearchKey = { key: 'OR', of: [{ key: 'OLDER', seconds }, { key: 'YOUNGER', seconds }] }; // biome-ignore format: one line
        assert.equal(matches(either, now - ago), true);
      }),
    ));

  it('is never the same as another, and needs messages', () => {
    const settled = settleTimes({ key: 'NOT', of: { key: 'OLDER', seconds: 5 } }, now);
    assert.equal(mergeKey(settled, { exists: 0, uidOf: () => 0 as never, resolve: () => [] }), undefined);
    assert.ok(needsMessages(settled));
  });
});
