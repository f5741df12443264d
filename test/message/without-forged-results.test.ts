import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutForgedResults } from '../../core/message/without-forged-results.ts';

async function passed(text: string, size: number): Promise<string> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size), 'latin1');
  }
  let out = '';
  for await (const piece of withoutForgedResults(pieces(), 'mx.example.org')) out += piece.toString('latin1');
  return out;
}

const forged = 'Authentication-Results: (ha) mx.example.org; spf=pass\r\n';

describe('a message without results in our name', () => {
  for (const size of [1, 3, 1000]) {
    it(`is the same but for them, come in pieces of ${size}`, async () => {
      const rest = 'From: a@b.example\r\nX-\xe9: \xe9\r\n';
      assert.equal(await passed(`${forged}${rest}${forged}\r\n${forged}`, size), `${rest}\r\n${forged}`);
      assert.equal(await passed(`${rest}${forged}`, size), rest);
      assert.equal(await passed(`\r\n${forged}`, size), `\r\n${forged}`);
      assert.equal(await passed('', size), '');
    });
  }

  it('streams behind a header that has no end', async () => {
    const endless = 'X-Filler: y\r\n'.repeat(100_000);
    assert.equal(await passed(forged + endless, 16_384), endless);
  });
});
