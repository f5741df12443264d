import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replyLine } from '../../core/delivery/reply-line.ts';

describe('a reply as one line', () => {
  for (const [reply, wanted] of [
    ['550 5.1.1 no such user', '550 5.1.1 no such user'],
    [
      '550-5.1.1 no such user.\r\n550-5.1.1 Look for typing errors\n550 5.1.1 or ask.',
      '550 5.1.1 no such user. Look for typing errors or ask.',
    ],
    ['550-no such user\n550 at all', '550 no such user at all'],
    ['450-4.2.1 slow\n450 4.2.1', '450 4.2.1 slow'],
    ['550-one\n551 two', '550 one 551 two'],
    ['4.4.1 a: ECONNREFUSED; b: 550-no', '4.4.1 a: ECONNREFUSED; b: 550-no'],
    ['550 \t a\u0000\u2028b ', '550 a b'],
    ['550 \ud800', '550 \ufffd'],
    ['', ''],
  ] as const) {
    it(`says ${JSON.stringify(wanted)}`, () => assert.equal(replyLine(reply), wanted));
  }

  it('is bounded, however much was said', () => {
    assert.equal(replyLine(`550-${'x'.repeat(999)}\n`.repeat(100_000)).length, 1000);
  });
});
