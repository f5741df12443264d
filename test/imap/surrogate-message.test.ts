import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { readSection } from '../../core/message/read-section.ts';
import { isAscii } from '../../core/values/ascii.ts';
import type { BodyId } from '../../core/values/ids.ts';
import type { Section } from '../../core/values/section.ts';
import { type Shown, shownTo } from '../../listeners/imap/surrogate-message.ts';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import type { FetchItem } from '../../listeners/imap/wire/command.ts';

const prefix = 'Return-Path: <é@example.org>\r\n';

function kept(message: Buffer): Shown {
  const scan = messageFacts();
  scan.write(message);
  const record = { uid: 1, prefix: Buffer.from(prefix).toString('latin1'), body: 'x' as BodyId, facts: scan.end() };
  return {
    record: record as unknown as MessageRecord,
    bodies: {
      async *read(_, from, to) {
        for (let at = from; at < Math.min(to, message.length); at += 7) yield message.subarray(at, Math.min(at + 7, to));
      },
    },
  };
}

async function octetsOf({ record, bodies }: Shown, section: Section): Promise<string> {
  const source = readSection(record, section);
  assert.ok(source !== undefined);
  const pieces = [Buffer.from(source.prefix, 'latin1')];
  for await (const piece of bodies.read(record.body, source.range.from, source.range.to)) pieces.push(Buffer.from(piece));
  const octets = Buffer.concat(pieces).toString('latin1');
  assert.equal(octets.length, source.size);
  return octets;
}

const asked = (text: Section['text'], path: readonly number[] = []): FetchItem => ({
  item: 'SECTION',
  name: 'BODY[]',
  section: { path, text },
  peek: true,
});
const word = fc.constantFrom('tea', 'café', 'é@b.example', '"ü" <a@b.example>', 'x; name="ä.txt"');
const messages = fc
  .tuple(word, word, word, word)
  .map(([subject, from, other, body]) =>
    Buffer.from(
      `Subject: ${subject}\r\nFrom: ${from}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: ${other}\r\n\r\n${body}\r\n--b--\r\n`,
    ),
  );

describe('a message with UTF-8 in its headers', () => {
  it('is a surrogate for who has not enabled UTF8=ACCEPT: one message, whichever of its sections are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(messages, async (message) => {
        const { record, bodies } = kept(message);
        const whole = await shownTo(nothingAgreed, [asked('all')], record, bodies);
        const header = await shownTo(nothingAgreed, [asked('HEADER')], record, bodies);
        const all = await octetsOf(whole, { path: [], text: 'all' });
        assert.equal((await octetsOf(header, { path: [], text: 'HEADER' })) + (await octetsOf(whole, { path: [], text: 'TEXT' })), all);
        assert.ok(isAscii(await octetsOf(whole, { path: [], text: 'HEADER' })));
        assert.ok(isAscii(await octetsOf(whole, { path: [1], text: 'MIME' })));
        assert.deepEqual(header.record.facts.envelope, whole.record.facts.envelope);
        const before = await octetsOf({ record, bodies }, { path: [1], text: 'all' });
        assert.equal(await octetsOf(whole, { path: [1], text: 'all' }), before);
      }),
    );
  });

  it('is what it is for others, and when nothing of its headers is asked for', async () => {
    const { record, bodies } = kept(Buffer.from('Subject: café\r\n\r\n'));
    for (const agreed of [
      { ...nothingAgreed, utf8: true },
      { ...nothingAgreed, rev2: true },
    ])
      assert.equal((await shownTo(agreed, [asked('all')], record, bodies)).record, record);
    assert.equal((await shownTo(nothingAgreed, [{ item: 'RFC822.SIZE' }, { item: 'FLAGS' }], record, bodies)).record, record);
  });
});
