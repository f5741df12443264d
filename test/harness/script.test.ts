import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillIn, matchLine } from './pattern.ts';
import { parseScript } from './script.ts';

describe('a line of a script', () => {
  it('fits by wildcards, literal signs and captures', () => {
    const captures = new Map<string, string>();
    assert.ok(matchLine('* OK [HIGHESTMODSEQ {before}] *', '* OK [HIGHESTMODSEQ 17] Highest', captures));
    assert.equal(captures.get('before'), '17');
    assert.ok(matchLine('a3 OK [MODIFIED {before}]', 'a3 OK [MODIFIED 17]', captures), 'what is captured must come again');
    assert.ok(!matchLine('a3 OK [MODIFIED {before}]', 'a3 OK [MODIFIED 18]', captures));
    assert.ok(!matchLine('+OK 2 (3)', '+OK 2 3', captures));
    assert.ok(!matchLine('+OK', '-ERR +OK', captures));
    assert.ok(matchLine('ü', '\xc3\xbc', captures), 'UTF-8 as octets');
  });

  it('captures nothing when it does not fit as a whole', () => {
    const captures = new Map<string, string>();
    assert.ok(!matchLine('{one} OK', 'a NO', captures));
    assert.equal(captures.size, 0);
  });

  it('is filled in before it is sent', () => {
    const captures = new Map([['uid', '7']]);
    assert.equal(fillIn('UID FETCH {uid} BODY {5+} {3 of x}', captures), 'UID FETCH 7 BODY {5+} xxx');
    assert.equal(fillIn('{base64 \\x00a\\x00b}', captures), 'AGEAYg==');
    assert.throws(() => fillIn('{nothing}', captures), /has not been captured/);
  });

  it('is known by its place, and a deed keeps the indented lines below it', () => {
    const script = parseScript(
      'x.txt',
      '# why\ngiven message in INBOX of alice\n  A: 1\n\n  text\nphone>  a1 NOOP\nphone<< +OK *\nphone is closed\n',
    );
    assert.deepEqual(script.given, [{ kind: 'deed', at: 'x.txt:2', words: 'given message in INBOX of alice', text: ['A: 1', '', 'text'] }]);
    assert.deepEqual(script.steps, [
      { kind: 'said', at: 'x.txt:6', actor: 'phone', text: 'a1 NOOP', line: true },
      { kind: 'heard', at: 'x.txt:7', actor: 'phone', pattern: '+OK *', next: true },
      { kind: 'deed', at: 'x.txt:8', words: 'phone is closed', text: [] },
    ]);
    assert.throws(() => parseScript('y.txt', 'phone> x\n  y\n'), /y\.txt:2/);
  });
});
