import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseOffers } from '../../core/delivery/peer-offers.ts';
import { DataLines } from '../../platform/node/data-lines.ts';

describe('a message in DATA', () => {
  it('has CRLF at the end of each line and doubled dots, in whatever pieces it comes', () => {
    const piece = fc
      .array(fc.constantFrom('.', '\r', '\n', '\r\n', 'a', '\r\n.', '.\r\n'), { maxLength: 6 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const lines = new DataLines();
        const sent = Buffer.concat([...pieces.map((one) => lines.write(Buffer.from(one))), lines.end()]).toString();
        const whole = pieces.join('').replace(/\r\n|\r|\n/g, '\r\n');
        const ended = whole === '' || whole.endsWith('\r\n') ? whole : `${whole}\r\n`;
        assert.equal(sent, `${ended.replace(/^\./gm, '..')}.\r\n`);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a host offers', () => {
  it('is read by whole keywords in any case, and what can not be read is not offered', () => {
    const offers = parseOffers([
      'size 1000',
      'X-DSN',
      'Pipelining',
      'AUTH=PLAIN',
      '8BITMIME extra',
      '',
      '-STARTTLS',
      'LIMITS MAILMAX=1000000 rcptmax=5 RCPTMAX',
    ]);
    assert.deepEqual(
      (['SIZE', 'DSN', 'PIPELINING', 'AUTH', '8BITMIME', 'REQUIRETLS'] as const).filter((one) => offers.has(one)),
      ['SIZE', 'PIPELINING', 'AUTH', '8BITMIME'],
    );
    assert.deepEqual([offers.mostOctets, offers.limits], [1000, { rcptMax: 5 }]);
    assert.equal(parseOffers(['SIZE 0']).mostOctets, undefined);
    assert.equal(parseOffers(['SIZE']).mostOctets, undefined);
  });
});
