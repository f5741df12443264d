import fc from 'fast-check';
import { type Flag, seen } from '../../core/values/flags.ts';
import type { SearchKey, SequenceSet } from '../../core/values/search-key.ts';
import type { Modseq } from '../../core/values/uid.ts';

const number = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant('*' as const));
const set: fc.Arbitrary<SequenceSet> = fc.array(fc.record({ from: number, to: number }), { minLength: 1, maxLength: 3 });
const text = fc.constantFrom('apple', 'Pear', 'PLUM', 'nothing');

const leaf: fc.Arbitrary<SearchKey> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ key: fc.constantFrom('TEXT' as const, 'BODY' as const, 'SUBJECT' as const), text }) },
  fc.record({ key: fc.constant('HEADER' as const), field: fc.constantFrom('subject', 'Subject', 'From'), text }),
  fc.record({ key: fc.constantFrom('FLAG' as const, 'UNFLAG' as const), flag: fc.constantFrom(seen, 'work' as Flag, 'WORK' as Flag) }),
  fc.record({ key: fc.constantFrom('SET' as const, 'UID' as const), set }),
  fc.record({ key: fc.constant('MODSEQ' as const), modseq: fc.bigInt({ min: 1n, max: 15n }) as fc.Arbitrary<Modseq> }),
  fc.record({ key: fc.constantFrom('LARGER' as const, 'SMALLER' as const), octets: fc.integer({ min: 50, max: 60 }) }),
  fc.constant<SearchKey>({ key: 'ALL' }),
);

/** A text among some messages: what it means depends on the view, unless it is settled rightly. */
export const among: fc.Arbitrary<SearchKey> = fc
  .tuple(fc.constantFrom('SET' as const, 'UID' as const), set, text)
  .map(([key, numbers, sought]) => ({
    key: 'AND',
    of: [
      { key, set: numbers },
      { key: 'TEXT', text: sought },
    ],
  }));

/** Search keys that may be merged, up to three deep. */
export const searchKeys: fc.Arbitrary<SearchKey> = fc.letrec<{ key: SearchKey }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    fc.record({ key: fc.constant('NOT' as const), of: tie('key') }),
    fc.record({ key: fc.constant('OR' as const), of: fc.tuple(tie('key'), tie('key')) }),
    fc.record({ key: fc.constant('AND' as const), of: fc.array(tie('key'), { minLength: 1, maxLength: 3 }) }),
  ),
})).key;
