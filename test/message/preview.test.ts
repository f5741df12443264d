import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HtmlText } from '../../core/message/html-text.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { mostLooked, previewPart, previewText, withPreview } from '../../core/message/preview.ts';

function factsOf(message: Buffer, size = 1_000) {
  const scan = withPreview(messageFacts());
  for (let at = 0; at < message.length; at += size) scan.write(message.subarray(at, at + size));
  return scan.end();
}

const previewOf = (message: string): string | undefined => factsOf(Buffer.from(message)).preview;

describe('a preview', () => {
  it('is the beginning of the first text that is no attachment, decoded, on one line, and 200 characters long at most', () => {
    assert.equal(previewOf('Subject: x\r\n\r\n  One\r\n\r\n two\tthree '), 'One two three');
    assert.equal(previewOf('Content-Transfer-Encoding: base64\r\n\r\nVGVhIGF0\r\nIGZpdmU=\r\n'), 'Tea at five');
    assert.equal(
      previewOf('Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9'),
      'café',
    );
    assert.equal(previewOf('Content-Type: image/png\r\n\r\nAAAA'), '');
    assert.equal(previewOf('Subject: x\r\n\r\n'), '');
    assert.equal([...(previewOf(`Subject: x\r\n\r\n${'🍵'.repeat(300)}`) ?? '')].length, 200);
  });

  it('of HTML is what one reads of it', () => {
    const read = (html: string): string => new HtmlText().of(html).replace(/\s+/g, ' ').trim();
    assert.equal(read('<p>a<p>b<br>c'), 'a b c');
    assert.equal(read('<STYLE>x { }</STYLE>t<script>if (a < b) x()</script>u<!-- <p>no --> v'), 't u v');
    assert.equal(read('1 &lt; 2 &amp;&#x41;&#66; &unknown; &#9999999; 5 < 6 <'), '1 < 2 &AB &unknown; &#9999999; 5 < 6 <');
    assert.equal(read('a<b'), 'a');
  });

  it('is the same whether it is made when a message comes or later, however its octets come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('text/plain', 'text/html', 'text/plain; charset=utf-16', 'multipart/mixed; boundary=b', 'image/png'),
        fc.constantFrom('7bit', 'base64', 'quoted-printable'),
        fc.array(
          fc.constantFrom('<p>', '</style>', '<style>', '--b\r\n\r\n', 'word ', '=C3', '=\r\n', '&amp;', '\xe4', 'QUJD', '<!--', '\r\n'),
          { maxLength: 60 },
        ),
        fc.integer({ min: 1, max: 300 }),
        (type, encoding, words, size) => {
          const message = Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${words.join('')}`, 'latin1');
          const facts = factsOf(message, size);
          const part = previewPart(facts.structure);
          const later = part === undefined ? '' : previewText(part, message.subarray(part.bodyStart, part.bodyEnd));
          assert.equal(facts.preview, later);
          assert.ok([...later].length <= 200);
        },
      ),
    );
  });

  it('is left for later when the text stands far behind, and costs time in proportion to what is looked at', () => {
    const far = `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\n${'x'.repeat(3 * mostLooked)}\r\n--b\r\n\r\nhere\r\n--b--\r\n`;
    assert.equal('preview' in factsOf(Buffer.from(far)), false);
    const start = performance.now();
    for (const unit of ['<', '<!--', '<a ', '&', '&#1', '<style>', '</', '<p>x', '=']) {
      for (const type of ['html', 'plain']) previewOf(`Content-Type: text/${type}\r\n\r\n${unit.repeat(30_000)}`);
    }
    assert.ok(performance.now() - start < 10_000); // what is quadratic would need minutes
  });
});
