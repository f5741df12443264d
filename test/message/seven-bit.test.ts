import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeHeaderText } from '../../core/message/decoded-text.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { planSevenBit } from '../../core/message/seven-bit.ts';
import { transferDecoder } from '../../core/message/transfer-decoding.ts';
import type { MessageFacts, MimePart } from '../../core/values/message-facts.ts';

async function* piecesOf(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

/** @returns why it can't be converted, or the octets it was converted into */
async function converted(message: Buffer, size = 1000): Promise<Buffer | string> {
  const plan = await planSevenBit(() => piecesOf(message, size));
  if (plan.kind === 'ascii') return message;
  if (plan.kind === 'fixed') return plan.reason;
  const pieces: Uint8Array[] = [];
  for await (const piece of plan.convert(piecesOf(message, size))) pieces.push(piece);
  return Buffer.concat(pieces);
}

const text = async (message: string): Promise<string> => {
  const octets = await converted(Buffer.from(message, 'latin1'));
  return typeof octets === 'string' ? octets : octets.toString('latin1');
};

function factsOf(octets: Buffer): MessageFacts {
  const scan = messageFacts();
  scan.write(octets);
  return scan.end();
}

function leaves(part: MimePart): readonly MimePart[] {
  if (part.parts !== undefined) return part.parts.flatMap(leaves);
  return part.message !== undefined && part.subtype === 'rfc822' ? leaves(part.message.structure) : [part];
}

/** Each leaf by its type and what it decodes to. */
function decodedLeaves(octets: Buffer): readonly string[] {
  return leaves(factsOf(octets).structure).map((part) => {
    const decoder = transferDecoder(part.encoding);
    const body = Buffer.concat([decoder.write(octets.subarray(part.bodyStart, part.bodyEnd)), decoder.end()]);
    return `${part.type}/${part.subtype} ${body.toString('latin1')}`;
  });
}

function assertSevenBit(octets: Buffer): void {
  assert.ok(octets.every((octet) => octet < 128));
  for (const line of octets.toString('latin1').split('\r\n')) assert.ok(line.length <= 998, `${line.length}: ${line.slice(0, 100)}`);
}

const arbitraryText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('--b1', 'x --b0--', ' ', '\t', '=', '=E4', '.', '-'.repeat(80), 'ä'.repeat(400), ''),
    ),
    { maxLength: 8 },
  )
  .map((lines) => Buffer.from(lines.map((line) => line.replace(/[\0\r\n]/g, '')).join('\r\n'), 'utf8').toString('latin1'));
const arbitraryOctets = fc
  .uint8Array({ maxLength: 200 })
  .map((octets) => Buffer.from(octets).toString('latin1').replaceAll('\n--', '\n-+'));

/** Some octets above ASCII stay, as a broken program leaves them. */
const quoted = (octets: string): string =>
  octets
    .replace(/[=\x80-\xfe]/g, (char) => `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
    .replace(/(?:=[0-9A-F]{2}|[^\r\n=]){20}(?=[^\r\n])/g, '$&=\r\n\xff');
const arbitraryLeaf = fc
  .oneof(
    fc.tuple(
      fc.constantFrom('', 'Content-Type: text/html; charset=utf-8\r\n'),
      fc.constantFrom('', 'Content-Transfer-Encoding: 8bit\r\n'),
      arbitraryText,
    ),
    fc.tuple(
      fc.constant('Content-Type: application/x-thing\r\n'),
      fc.constantFrom('', 'content-transfer-encoding: BINARY (really)\r\n'),
      arbitraryOctets,
    ),
    fc.tuple(
      fc.constant('Content-Type: text/plain\r\n'),
      fc.constant('Content-Transfer-Encoding: quoted-printable\r\n'),
      arbitraryText.map(quoted),
    ),
    fc.tuple(
      fc.constant('X-Odd: \xe4\xf6\r\n'),
      fc.constant('Content-Transfer-Encoding: base64\r\n'),
      fc.string({ maxLength: 100 }).map((one) => `${Buffer.from(one).toString('base64')}\xff`),
    ),
  )
  .map(([type, encoding, body]) => `${type}${encoding}\r\n${body}`);

const { entity } = fc.letrec<{ entity: string; multipart: string; message: string; leaf: string }>((tie) => ({
  leaf: arbitraryLeaf,
  message: tie('entity').map((inner) => `Content-Type: message/rfc822\r\n\r\nSubject: inner \xc3\xa4\r\n${inner}`),
  multipart: fc
    .tuple(fc.constantFrom('7bit', '8bit'), fc.nat({ max: 5 }), fc.array(tie('entity'), { minLength: 1, maxLength: 3 }))
    .map(
      ([encoding, number, parts]) =>
        `Content-Type: multipart/mixed; boundary="b${number}"\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\npreamble \xe4\r\n${parts
          .map((part) => `--b${number}\r\n${part}\r\n`)
          .join('')}--b${number}--\r\n`,
    ),
  entity: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('multipart'), tie('message')),
}));

describe('a message made fit for hosts that take only ASCII', () => {
  it('has the same parts, which decode to the same, in lines of ASCII', async () => {
    await fc.assert(
      fc.asyncProperty(entity, fc.integer({ min: 1, max: 500 }), async (one, size) => {
        const message = Buffer.from(`From: J\xc3\xb6rg <a@example.org>\r\nSubject: \xe4 b \xe4 \xe4\r\n${one}`, 'latin1');
        const octets = await converted(message, size);
        if (typeof octets === 'string') return assert.fail(octets);
        assertSevenBit(octets);
        assert.deepEqual(decodedLeaves(octets), decodedLeaves(message));
        assert.deepEqual(await planSevenBit(() => piecesOf(octets, size)), { kind: 'ascii' });
      }),
      { numRuns: 300 },
    );
  });

  it('is the one it was when all of it is ASCII', async () => {
    const plan = await planSevenBit(() => piecesOf(Buffer.from('Content-Transfer-Encoding: 8bit\r\n\r\nhello\r\n'), 10));
    assert.deepEqual(plan, { kind: 'ascii' });
  });

  it('is no worse for being broken', async () => {
    const bodies = (octets: Buffer) => decodedLeaves(octets).map((leaf) => leaf.slice(leaf.indexOf(' ')));
    const folder = new URL('../fixtures/messages/', import.meta.url);
    for (const name of readdirSync(folder)) {
      const plain = readFileSync(new URL(name, folder)).toString('latin1');
      const message = Buffer.from(plain.replace(/[a-z](?=\r?\n|$)/g, '\xe4'), 'latin1');
      const octets = await converted(message);
      if (typeof octets !== 'string') assert.deepEqual(bodies(octets), bodies(message), name);
    }
  });

  it('says that it is MIME, and in which charset, when it did not', async () => {
    assert.equal(
      await text('Subject: x\r\n\r\nGr\xc3\xbc\xc3\x9fe und noch viele andere W\xc3\xb6rter\r\n'),
      'Subject: x\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\n' +
        'Gr=C3=BC=C3=9Fe und noch viele andere W=C3=B6rter\r\n',
    );
    assert.match(await text('Subject: x\r\n\r\nGr\xfc\xdfe und noch viele andere W\xf6rter\r\n'), /charset=unknown-8bit\r\n/);
  });

  it('becomes base64 where quoted-printable would be longer', async () => {
    assert.match(await text(`Subject: x\r\n\r\n${'\xd0\xb9'.repeat(40)}\r\n`), /Content-Transfer-Encoding: base64\r\n[\s\S]*\r\n\r\n0LnQ/);
  });

  it('keeps what is said in its header', async () => {
    const subject =
      'Ein "längerer" Betreff, der gewiss über mehr als eine Zeile geht: äöü äöü äöü äöü, und kürzer ist er auch nicht zu haben';
    const octets = Buffer.from(
      `To: "Müller, Jörg" <joerg@example.net>,\r\n Ann <ann@example.net>\r\nSubject: ${subject}\r\nContent-Disposition: inline; filename="grüße.txt"; x=y\r\n\r\nx\r\n`,
      'utf8',
    );
    const { envelope, structure } = factsOf((await converted(octets)) as Buffer);
    assert.equal(decodeHeaderText(envelope.subject ?? ''), subject);
    assert.deepEqual(
      envelope.to.map(({ name = '', mailbox }) => [decodeHeaderText(name), mailbox]),
      [
        ['Müller, Jörg', 'joerg'],
        ['Ann', 'ann'],
      ],
    );
    const params = new Map(structure.disposition?.params);
    assert.deepEqual([decodeHeaderText(params.get('filename') ?? ''), params.get('x')], ['grüße.txt', 'y']);
  });

  it('hides no line ends of folding in encoded-words', async () => {
    const octets = await converted(Buffer.from('Subject: "ä\r\n\tBcc: x"\r\nFrom: "ü\r\n Cc: x" <a@b.example>\r\nX-y: z\r\n\r\nx', 'utf8'));
    assert.ok(typeof octets !== 'string');
    const words = [...octets.toString('latin1').matchAll(/=\?utf-8\?B\?([^?]*)\?=/g)].map(([, text = '']) =>
      Buffer.from(text, 'base64').toString(),
    );
    assert.deepEqual(words, ['"ä Bcc: x"', 'ü Cc: x']);
  });

  it('has at most 998 octets in a line, however long the words of its header', async () => {
    const octets = await converted(Buffer.from(`Subject: ${'ä'.repeat(3000)} ${'"\\'.repeat(300)}ä\r\n\r\nx`, 'utf8'));
    assertSevenBit(octets as Buffer);
  });
});

describe('a message that can not be converted', () => {
  const part = (type: string, body: string): string =>
    `Content-Type: ${type}; boundary=b\r\n\r\n--b\r\n${body}\r\n--b\r\n\r\nx\r\n--b--\r\n`;

  it('is one whose signature covers 8-bit text', async () => {
    assert.equal(await text(part('multipart/signed', '\r\n\xe4')), 'a signature covers 8-bit text');
    const signed = part('multipart/signed', 'Content-Transfer-Encoding: 8bit\r\n\r\nhello');
    const outside = await text(`X-Odd: \xc3\xa4\r\n${signed}`);
    assert.ok(outside.endsWith(signed), outside);
  });

  it('is one that may not be encoded, or is already in a way we do not know', async () => {
    assert.equal(await text('Content-Type: message/partial\r\n\r\n\xe4'), 'message/partial has 8-bit text');
    assert.equal(await text('Content-Transfer-Encoding: x-uue\r\n\r\n\xe4'), '8-bit text in the unknown encoding x-uue');
    assert.equal(await text('Content-Type: multipart/mixed\r\n\r\n\xe4'), 'a multipart has no parts');
    assert.equal(
      await text('Content-Type: multipart/mixed; boundary="\xe4"\r\n\r\n--\xe4\r\n\r\nx\r\n--\xe4--'),
      'a boundary is not ASCII',
    );
  });
});
