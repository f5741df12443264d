import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listPattern } from '../../listeners/imap/list-pattern.ts';

const matching = (pattern: string, ...names: readonly string[]): readonly string[] => names.filter(listPattern(pattern));

describe('a pattern of LIST', () => {
  it('matches across levels with * and within one with %', () => {
    assert.deepEqual(matching('*', 'INBOX', 'Work/Clients'), ['INBOX', 'Work/Clients']);
    assert.deepEqual(matching('%', 'INBOX', 'Work/Clients'), ['INBOX']);
    assert.deepEqual(matching('Work/%', 'Work', 'Work/', 'Work/Clients', 'Work/Clients/Acme'), ['Work/', 'Work/Clients']);
    assert.deepEqual(matching('%/%/*', 'a/b', 'a/b/c', 'a/b/c/d'), ['a/b/c', 'a/b/c/d']);
    assert.deepEqual(matching('W*s%e', 'Works/ones/see', 'Wse', 'Ws/e'), ['Works/ones/see', 'Wse']);
  });

  it('finds INBOX in any case, and other names in their own', () => {
    assert.deepEqual(matching('inbox', 'INBOX'), ['INBOX']);
    assert.deepEqual(matching('work', 'Work'), []);
  });

  it('takes two wildcards side by side for the stronger one', () => {
    assert.deepEqual(matching('%*', 'a/b'), ['a/b']);
  });

  it('means names in NFC, however it is spelled', () => {
    assert.deepEqual(matching('Entwu\u0308r%', 'Entw\u00fcrfe'), ['Entw\u00fcrfe']);
  });

  it('may have more wildcards and places than a number has bits', () => {
    const name = 'abcdefgh/'.repeat(20);
    assert.deepEqual(matching(name, name, `${name}x`), [name]);
    assert.deepEqual(matching(`${'a%h/'.repeat(20)}*`, name, `x${name}`), [name]);
    assert.deepEqual(matching('%'.repeat(300), 'a'.repeat(1000), 'a/b'), ['a'.repeat(1000)]);
  });

  it('says the same as a search through all ways to match', () => {
    const words = (length: number): readonly string[] =>
      length === 0 ? [''] : words(length - 1).flatMap((one) => ['a', 'b', '/'].map((c) => one + c));
    const names = [0, 1, 2, 3, 4].flatMap(words);
    for (const pattern of ['*', '%', 'a*', '%b', '*a%', 'a%/*b', '%/%', '*%a', '%*', 'a%b*a', '*/a', '%a*/%b']) {
      assert.deepEqual(
        matching(pattern, ...names),
        names.filter((name) => canMatch(pattern, name)),
        pattern,
      );
    }
  });

  it('answers in linear time when somebody tries to keep it busy', () => {
    const started = performance.now();
    assert.deepEqual(matching(`${'*a'.repeat(16)}b`, 'a'.repeat(1000)), []);
    assert.equal(matching('*a'.repeat(400), 'a'.repeat(1000)).length, 1);
    assert.ok(performance.now() - started < 5_000);
  });
});

/** By the definition: exponential. */
function canMatch(pattern: string, name: string): boolean {
  if (pattern === '') return name === '';
  const rest = pattern.slice(1);
  if (pattern[0] !== '*' && pattern[0] !== '%') return name[0] === pattern[0] && canMatch(rest, name.slice(1));
  if (canMatch(rest, name)) return true;
  return name !== '' && (pattern[0] === '*' || name[0] !== '/') && canMatch(pattern, name.slice(1));
}
