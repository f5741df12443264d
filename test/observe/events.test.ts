import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { events } from '../../core/observe/events.ts';

const root = new URL('../../', import.meta.url);

/** Names that stand as the first argument of `.event(` and `.failure(`, both of them where a condition chooses. */
function loggedNames(source: string): readonly string[] {
  return [...source.matchAll(/\.(?:event|failure)\(\s*([^,;{}]*?)[,)]/g)].flatMap(([, argument = '']) => {
    const [, chosen = argument] = /\?(.*)/s.exec(argument) ?? [];
    return [...chosen.matchAll(/'([a-z0-9.-]+)'/g)].map(([, name = '']) => name);
  });
}

describe('the catalogue of events', () => {
  it('has every event that is logged, and no other', () => {
    const files = globSync('{core,listeners,functions,platform,cli}/**/*.ts', { cwd: root.pathname });
    const logged = new Set(files.flatMap((file) => loggedNames(readFileSync(new URL(file, root), 'utf8'))));
    assert.deepEqual([...logged].toSorted(), Object.keys(events).toSorted());
  });

  it('is compared with names found in calls, also where a condition chooses', () => {
    const source = `log.event('a-b', { x: 'no' }); log.failure(\n  'c.d', error); log.event(code === 'q' ? 'e' : 'f', {}); log.event(name);`;
    assert.deepEqual(loggedNames(source), ['a-b', 'c.d', 'e', 'f']);
  });
});
