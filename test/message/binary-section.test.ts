import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { binarySection, cutOctets, decodedOctets } from '../../core/message/binary-section.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { base64Encoder, quotedPrintableEncoder } from '../../core/message/transfer-encoding.ts';
import { StrayBinary, withoutBinary } from '../../core/message/without-binary.ts';
import type { MessageFacts } from '../../core/values/message-facts.ts';

async function* piecesOf(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

async function whole(octets: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of octets) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function factsOf(octets: Uint8Array): MessageFacts {
  const scan = messageFacts();
  scan.write(octets);
  return scan.end();
}

/** Octet by octet, as RFC 2045 section 6.7 tells it. */
function readQuotedPrintable(octets: Buffer): Buffer {
  const out: number[] = [];
  const hex = (octet: number | undefined): boolean => octet !== undefined && /[0-9A-Fa-f]/.test(String.fromCharCode(octet));
  for (let at = 0; at < octets.length; at += 1) {
    const white = /^[ \t]+/.exec(octets.toString('latin1', at))?.[0] ?? '';
    if (white !== '') {
      const ends = /^\r?\n/.test(octets.toString('latin1', at + white.length, at + white.length + 2));
      out.push(...Buffer.from(ends ? white.slice(0, -100) : white));
      at += white.length - 1;
      continue;
    }
    if (octets[at] !== 0x3d) {
      out.push(octets[at] as number);
      continue;
    }
    let end = at + 1;
    while (octets[end] === 0x20 || octets[end] === 0x09) end += 1;
    const spaces = end - at - 1;
    if (octets[end] === 0x0d && octets[end + 1] === 0x0a) end += 1;
    if (octets[end] === 0x0a && spaces <= 100) at = end;
    else if (hex(octets[at + 1]) && hex(octets[at + 2])) {
      out.push(Number.parseInt(octets.toString('latin1', at + 1, at + 3), 16));
      at += 2;
    } else out.push(0x3d);
  }
  return Buffer.from(out);
}

/** Bit by bit: padding ends what it pads. */
function readBase64(octets: Buffer): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const out: number[] = [];
  let bits = '';
  for (const octet of octets) {
    const digit = alphabet.indexOf(String.fromCharCode(octet));
    if (octet === 0x3d) bits = '';
    if (digit >= 0) bits += digit.toString(2).padStart(6, '0');
    if (bits.length < 8 || digit < 0) continue;
    out.push(Number.parseInt(bits.slice(0, 8), 2));
    bits = bits.slice(8);
  }
  return Buffer.from(out);
}

const readers = { base64: readBase64, 'quoted-printable': readQuotedPrintable, '7bit': (octets: Buffer) => octets } as const;
const encoding = fc.constantFrom<keyof typeof readers>('base64', 'quoted-printable', '7bit');
const encoded = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((octets) => {
    const encoder = base64Encoder();
    return Buffer.concat([encoder.write(octets), encoder.end()]);
  }),
  fc.uint8Array({ maxLength: 200 }).map((octets) => {
    const encoder = quotedPrintableEncoder();
    return Buffer.concat([encoder.write(octets), encoder.end()]);
  }),
  fc
    .array(
      fc.constantFrom(
        '=',
        '==',
        '=3D',
        '=e4',
        '=\r\n',
        '= \t\r\n',
        `=${' '.repeat(101)}\n`,
        'QUJD',
        'QQ==',
        '\r\n',
        ' ',
        ' \t',
        ' '.repeat(101),
        '\n',
        '\r',
        '-',
        'x\0',
        '\xff',
      ),
    )
    .map((some) => Buffer.from(some.join(''), 'latin1')),
  fc.uint8Array({ maxLength: 100 }).map((octets) => Buffer.from(octets)),
);

/** It can't be taken for a boundary. */
const partOf = (body: Buffer, name: string): Buffer =>
  Buffer.concat([
    Buffer.from(
      `Content-Type: multipart/mixed; boundary=no-such-words\r\n\r\n--no-such-words\r\nContent-Transfer-Encoding: ${name}\r\n\r\n`,
    ),
    body,
    Buffer.from('\r\n--no-such-words--\r\n'),
  ]);

describe('a part without its transfer encoding', () => {
  it('is what a plain reader makes of it, however broken it is and however its octets are cut', async () => {
    await fc.assert(
      fc.asyncProperty(encoded, encoding, fc.integer({ min: 1, max: 40 }), async (body, name, size) => {
        const message = partOf(body, name);
        const source = binarySection({ prefix: '', facts: factsOf(message) }, [1]);
        assert.ok(typeof source === 'object');
        const { from, to } = source.range;
        assert.deepEqual(message.subarray(from, to), body);
        assert.deepEqual(await whole(decodedOctets(source, piecesOf(body, size))), readers[name](body));
      }),
      { numRuns: 1000 },
    );
  });

  it('is cut to what is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(80),
        fc.nat(80),
        fc.integer({ min: 1, max: 9 }),
        async (octets, offset, count, size) => {
          const cut = await whole(cutOctets(piecesOf(octets, size), offset, count));
          assert.deepEqual(cut, Buffer.from(octets).subarray(offset, offset + count));
        },
      ),
    );
  });

  it('is not there when its encoding is unknown, and the whole message is what it is', () => {
    const facts = factsOf(partOf(Buffer.from('x'), 'x-uuencode'));
    assert.equal(binarySection({ prefix: '', facts }, [1]), 'unknown-encoding');
    assert.equal(binarySection({ prefix: '', facts }, [2]), undefined);
    assert.deepEqual(binarySection({ prefix: 'P', facts }, []), { prefix: 'P', range: { from: 0, to: facts.size }, decoder: undefined });
  });
});

describe('a message with binary parts', () => {
  it('is kept without them: each part decodes to what it was, and nothing else changes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 120 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (bodies, size) => {
          const head =
            'Subject: x\r\nContent-Transfer-Encoding: binary\r\nContent-Type: multipart/mixed; boundary=no-such-words\r\n\r\npre\r\n';
          const parts = bodies.map((body) => [
            Buffer.from('--no-such-words\r\ncontent-transfer-encoding:\r\n Binary\r\nX: y\r\n\r\n'),
            body,
            Buffer.from('\r\n'),
          ]);
          const message = Buffer.concat([Buffer.from(head), ...parts.flat(), Buffer.from('--no-such-words--\r\npost\r\n')]);
          const made = await whole(withoutBinary(piecesOf(message, size), factsOf(message).structure));
          assert.ok(!made.includes(0));
          const facts = factsOf(made);
          assert.equal(facts.structure.encoding, '8bit');
          assert.equal(facts.structure.parts?.length, bodies.length);
          for (const [i, body] of bodies.entries()) {
            const source = binarySection({ prefix: '', facts }, [i + 1]);
            assert.ok(typeof source === 'object');
            const octets = made.subarray(source.range.from, source.range.to);
            assert.deepEqual(await whole(decodedOctets(source, piecesOf(octets, 100))), Buffer.from(body));
          }
          assert.match(
            made.toString('latin1'),
            /^Subject: x\r\n[\s\S]*pre\r\n--no-such-words\r\n[\s\S]*X: y\r\n[\s\S]*--no-such-words--\r\npost\r\n$/,
          );
        },
      ),
    );
  });

  it('may have NUL in them alone', async () => {
    const message = Buffer.from('Subject: x\r\n\r\na\0b\r\n');
    await assert.rejects(whole(withoutBinary(piecesOf(message, 5), factsOf(message).structure)), StrayBinary);
  });
});
