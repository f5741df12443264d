import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GrowingForest, nobody } from '../../core/mailbox/thread/growing-forest.ts';

const node = fc.integer({ min: 0, max: 11 });

describe('a forest that grows and is cut', () => {
  it('knows who is under whom as well as one who looks at each way up', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(node, node, fc.boolean()), { maxLength: 60 }), (steps) => {
        const forest = new GrowingForest();
        const parents = new Map<number, number>();
        const isUnder = (low: number, high: number): boolean => {
          for (let at: number | undefined = low; at !== undefined; at = parents.get(at)) if (at === high) return true;
          return false;
        };
        for (const [child, parent, cuts] of steps) {
          if (cuts) {
            forest.cut(child);
            parents.delete(child);
          } else if (!parents.has(child)) {
            assert.equal(forest.isUnder(parent, child), isUnder(parent, child));
            if (isUnder(parent, child)) continue;
            forest.link(child, parent);
            parents.set(child, parent);
          }
          assert.equal(forest.parentOf(child), parents.get(child) ?? nobody);
        }
      }),
      { numRuns: 2_000 },
    ));
});
