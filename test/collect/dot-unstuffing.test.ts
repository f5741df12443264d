import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { DotStuffing } from '../../listeners/pop3/wire/dot-stuffing.ts';
import { DotUnstuffing } from '../../platform/node/pop3/dot-unstuffing.ts';

/** Takes octets apart in pieces of these sizes, over and over. */
function unstuffed(octets: Buffer, sizes: readonly number[]): { readonly octets: string; readonly behind: string | undefined } {
  const unstuffing = new DotUnstuffing();
  let out = '';
  for (let at = 0, i = 0; at < octets.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    const piece = unstuffing.write(octets.subarray(at, at + size));
    out += piece.octets.toString('latin1');
    at += size;
    if (piece.behind !== undefined) return { octets: out, behind: piece.behind.toString('latin1') + octets.toString('latin1', at) };
  }
  return { octets: out, behind: undefined };
}

const pieces = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
/** Lines of octets that matter here. */
const message = fc
  .array(fc.stringMatching(/^[.a\r]{0,5}$/), { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line.replace(/\r$/, '')}\r\n`).join(''));

it('what a server has stuffed comes back as it was, however it is cut in pieces, and what follows is not taken', () => {
  fc.assert(
    fc.property(message, pieces, (text, sizes) => {
      const stuffing = new DotStuffing();
      const stuffed = Buffer.from(stuffing.write(Buffer.from(text, 'latin1')));
      const end = text === '' ? '.\r\n' : stuffing.end();
      const sent = Buffer.concat([stuffed, Buffer.from(`${end}+OK next`)]);
      assert.deepEqual(unstuffed(sent, sizes), { octets: text, behind: '+OK next' });
    }),
    { numRuns: 2_000 },
  );
});

for (const [what, sent, wanted] of [
  ['a dot and CR without LF are text', 'a\r\n..\r.\rb\r\n.\r\n', 'a\r\n.\r.\rb\r\n'],
  ['a dot behind a bare LF ends nothing', 'a\n.\r\nb\r\n.\r\n', 'a\n.\r\nb\r\n'],
  ['a dot that was not stuffed is left out', '.a\r\n.\r\n', 'a\r\n'],
] as const) {
  it(what, () => {
    for (const size of [1, 2, 3, 100]) assert.deepEqual(unstuffed(Buffer.from(sent), [size]), { octets: wanted, behind: '' });
  });
}
