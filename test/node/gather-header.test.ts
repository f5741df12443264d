import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HeaderGatherer } from '../../platform/node/gather-header.ts';

/** @returns header and body as they come out of pieces of these sizes */
function gathered(message: string, sizes: readonly number[]): readonly [string, string | undefined] {
  const gatherer = new HeaderGatherer();
  let at = 0;
  for (let i = 0; at < message.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    const found = gatherer.add(Buffer.from(message.slice(at, at + size), 'latin1'));
    at += size;
    if (found !== undefined) return [found.header.toString('latin1'), found.body.toString('latin1') + message.slice(at)];
  }
  return [gatherer.rest().toString('latin1'), undefined];
}

describe('a header that comes in pieces', () => {
  it('ends at the first blank line, wherever the pieces end', () => {
    const text = fc.array(fc.constantFrom('A: 1', '\r\n', '\r\n', '\r', '\n', 'x')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), (message, sizes) => {
        const at = `\r\n${message}`.indexOf('\r\n\r\n');
        const expected = at === -1 ? [message, undefined] : [message.slice(0, at), message.slice(at + 2)];
        assert.deepEqual(gathered(message, sizes), expected);
      }),
      { numRuns: 500 },
    );
  });

  it('may be empty', () => assert.deepEqual(gathered('\r\nbody', [1]), ['', 'body']));
});
