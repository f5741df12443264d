import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageIdsIn, referencesIn } from '../../core/message/message-ids.ts';
import { messageFacts } from '../../core/message/parse-message.ts';

const table: readonly (readonly [string, readonly string[]])[] = [
  ['<a@b>', ['a@b']],
  ['<a@b><c@d> <e@f>', ['a@b', 'c@d', 'e@f']],
  ['<"01KF8JCEOCBS0045PS"@xxx.yyy.com>', ['01KF8JCEOCBS0045PS@xxx.yyy.com']],
  ['<"a\\"b c"@d>', ['a"b c@d']],
  ['<a."b".c@[127.0.0.1]>', ['a.b.c@[127.0.0.1]']],
  ['< a@b >', ['a@b']],
  ["Alice's letter of Monday <a@b> (hello)", ['a@b']],
  ['alice@example.org', []],
  ['<nothing> <a@> <@b> <> <a b@c> <a@b', []],
  ['<A@b> <a@B>', ['A@b', 'a@B']],
  ['', []],
];

describe('the Message IDs of a field', () => {
  for (const [text, ids] of table) it(`are read: ${text}`, () => assert.deepEqual(messageIdsIn(text), ids));

  it('count up to 250 octets', () => assert.deepEqual(messageIdsIn(`<${'x'.repeat(900)}@y>`), ['x'.repeat(250)]));

  it('are found in time that grows with the text only', () => {
    const started = performance.now();
    for (const piece of ['<', '<"', '<a@', '<"\\', '@', '"', '<a"', '\\"<', '<a@b>']) messageIdsIn(piece.repeat(65_536 / piece.length));
    assert.ok(performance.now() - started < 5_000);
  });
});

describe('the References of a message', () => {
  const factsOf = (...lines: readonly string[]) => {
    const parser = messageFacts();
    parser.write(Buffer.from([...lines, '', 'text', ''].join('\r\n')));
    return parser.end();
  };

  it('are kept with it, folded or not', () => assert.deepEqual(factsOf('References: <a@b>', '\t<c@d>').references, ['a@b', 'c@d']));

  it('are none, and known to be, when it has no such field', () => assert.deepEqual(factsOf('Subject: x').references, []));

  it('are its own, not those of a message inside', () =>
    assert.deepEqual(factsOf('Content-Type: message/rfc822', '', 'References: <a@b>').references, []));

  it('are the first and the last twenty of many', () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `<${i}@x>`).join(' ');
    assert.deepEqual(referencesIn(many), ['0@x', ...Array.from({ length: 20 }, (_, i) => `${2_980 + i}@x`)]);
    assert.equal(referencesIn(many.slice(0, many.indexOf('<21@'))).length, 21);
  });
});
