import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { decodedText, decodeHeaderText } from '../../core/message/decoded-text.ts';
import { paramOf } from '../../core/message/mime-params.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { transferDecoder } from '../../core/message/transfer-decoding.ts';
import type { MimePart } from '../../core/values/message-facts.ts';

const picture = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256));
const text = `Grüße aus Köln.\n${'A long line of words. '.repeat(20)}\n--\nnot a boundary\n`;

/** A message as another program writes it. */
const composed = (): Promise<Buffer> =>
  new MailComposer({
    from: 'Jörg Müller <joerg@example.org>',
    to: [{ name: 'Doe, John', address: 'john@example.org' }, 'x@y.example'],
    subject: 'Ein längerer Betreff, der gewiss über mehr als eine Zeile geht: äöü äöü äöü äöü',
    date: new Date(1_700_000_000_000),
    text,
    html: '<p>Grüße</p><img src="cid:p">',
    attachments: [
      { filename: 'größe.png', content: picture, cid: 'p' },
      {
        filename: 'letter.eml',
        content: 'Subject: inner\r\n\r\ninner\r\n',
        contentType: 'message/rfc822',
        contentTransferEncoding: '7bit',
      },
    ],
  })
    .compile()
    .build();

const leaves = (part: MimePart): readonly MimePart[] => (part.parts === undefined ? [part] : part.parts.flatMap(leaves));

describe('a message composed by another program', () => {
  it('gives its texts, pictures and messages back from the offsets found', async () => {
    const octets = await composed();
    const facts = messageFacts();
    for (let at = 0; at < octets.length; at += 1000) facts.write(octets.subarray(at, at + 1000));
    const { envelope, structure, date, size } = facts.end();

    assert.deepEqual([size, date], [octets.length, 1_700_000_000_000]);
    assert.match(decodeHeaderText(envelope.subject ?? ''), /^Ein längerer Betreff, .* äöü$/);
    assert.equal(decodeHeaderText(envelope.from[0]?.name ?? ''), 'Jörg Müller');
    assert.deepEqual(envelope.to, [
      { name: 'Doe, John', mailbox: 'john', host: 'example.org' },
      { mailbox: 'x', host: 'y.example' },
    ]);

    const found = leaves(structure);
    assert.deepEqual(found.map(({ type, subtype }) => `${type}/${subtype}`).sort(), [
      'image/png',
      'message/rfc822',
      'text/html',
      'text/plain',
    ]);
    const of = (subtype: string): MimePart => found.find((part) => part.subtype === subtype) ?? assert.fail(subtype);
    const raw = (part: MimePart): Buffer => octets.subarray(part.bodyStart, part.bodyEnd);

    const plain = decodedText(of('plain'));
    assert.equal((plain.write(raw(of('plain'))) + plain.end()).replaceAll('\r\n', '\n').trimEnd(), text.trimEnd());
    const image = transferDecoder(of('png').encoding);
    assert.ok(Buffer.concat([image.write(raw(of('png'))), image.end()]).equals(picture));
    assert.equal(of('png').id, '<p>');
    assert.equal(of('rfc822').message?.envelope.subject, 'inner');
    const name = paramOf(of('png').disposition?.params ?? [], 'filename*') ?? paramOf(of('png').disposition?.params ?? [], 'filename');
    assert.match(decodeURIComponent((name ?? '').replace(/^utf-8''/i, '')), /^gr.*\.png$/);
  });
});
