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

  it('answers at once when somebody tries to keep it busy', () => {
    const started = performance.now();
    assert.deepEqual(matching(`${'*a'.repeat(16)}b`, 'a'.repeat(1000)), []);
    assert.deepEqual(matching('*a'.repeat(400), 'a'.repeat(1000)), []);
    assert.ok(performance.now() - started < 5_000);
  });
});
