import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DotStuffing } from '../../listeners/pop3/wire/dot-stuffing.ts';
import { maxCommandLine, parseCommand } from '../../listeners/pop3/wire/parse-command.ts';
import { TopCut } from '../../listeners/pop3/wire/top-cut.ts';

const parse = (text: string) => parseCommand(Buffer.from(text));
const faultOf = (text: string): string => {
  const parsed = parse(text);
  assert.ok('fault' in parsed, `${text} was taken for ${JSON.stringify(parsed)}`);
  return parsed.fault;
};

describe('a POP3 command line', () => {
  it('is taken in any case, with spaces to spare', () => {
    assert.deepEqual(parse('stat'), { verb: 'STAT' });
    assert.deepEqual(parse('StAt '), { verb: 'STAT' });
    assert.deepEqual(parse('top  3   0'), { verb: 'TOP', message: 3, lines: 0 });
    assert.deepEqual(parse('LIST'), { verb: 'LIST' });
    assert.deepEqual(parse('uidl 7'), { verb: 'UIDL', message: 7 });
    assert.deepEqual(parse('auth plain AGE='), { verb: 'AUTH', mechanism: 'PLAIN', initial: 'AGE=' });
    assert.deepEqual(parse('AUTH'), { verb: 'AUTH' });
  });

  it('keeps every octet of a password, spaces too', () => {
    assert.deepEqual(parse('PASS  two  words '), { verb: 'PASS', password: ' two  words ' });
    assert.deepEqual(parse('USER jürgen@example.org '), { verb: 'USER', name: 'jürgen@example.org' });
  });

  it('that is none is told precisely why', () => {
    assert.equal(faultOf(''), 'Empty command');
    assert.equal(faultOf('APOP alice c4c9334bac560ecc979e58001b3e22fb'), 'Unknown command');
    assert.equal(faultOf('STAT 1'), 'STAT takes no argument');
    assert.equal(faultOf('RETR'), 'RETR takes one message number');
    assert.equal(faultOf('RETR -1'), 'RETR takes one message number');
    assert.equal(faultOf('DELE 1 2'), 'DELE takes one message number');
    assert.equal(faultOf('RETR 99999999999'), 'RETR takes one message number');
    assert.equal(faultOf('LIST x'), 'LIST takes one message number, or nothing');
    assert.equal(faultOf('TOP 1'), 'TOP takes a message number and a number of lines');
    assert.equal(faultOf('PASS'), 'PASS takes a password');
    assert.equal(faultOf('USER  '), 'USER takes a name');
    assert.equal(faultOf('USER a\u0000b'), 'Control characters are not allowed');
    assert.equal(faultOf(`USER ${'x'.repeat(maxCommandLine)}`), 'Line too long');
    const parsed = parseCommand(Buffer.from([0x55, 0x53, 0x45, 0x52, 0x20, 0xff]));
    assert.deepEqual(parsed, { fault: 'Not UTF-8' });
  });

  it('may be long only where it carries credentials', () => {
    assert.ok('password' in parse(`PASS ${'x'.repeat(1024)}`));
    assert.ok('initial' in parse(`AUTH PLAIN ${'x'.repeat(1600)}`));
  });

  it('of any octets gives a command or a fault, never a throw', () => {
    const verbs = fc.constantFrom('USER', 'PASS', 'AUTH', 'LIST', 'UIDL', 'RETR', 'TOP', 'DELE', 'QUIT', 'CAPA');
    const almost = fc.tuple(verbs, fc.string({ unit: 'binary', maxLength: 40 })).map(([verb, rest]) => Buffer.from(`${verb} ${rest}`));
    const octets = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(almost, octets), (line) => {
        const parsed = parseCommand(line);
        if ('fault' in parsed) assert.match(parsed.fault, /^[\x20-\x7e]+$/);
        else if ('message' in parsed && parsed.message !== undefined) assert.ok(Number.isSafeInteger(parsed.message));
      }),
    );
  });
});

/** Octets in which line ends and dots are as likely as anything else. */
const nastyText = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', '.', 'a', '\r\n.', '\n.\r\n'), { maxLength: 60 })
  .map((parts) => parts.join(''));

function inChunks(text: string, cuts: readonly number[]): Buffer[] {
  const octets = Buffer.from(text, 'latin1');
  const at = [...new Set(cuts.map((cut) => cut % (octets.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => octets.subarray(from, at[i] ?? octets.length));
}

function stuffed(chunks: readonly Uint8Array[]): string {
  const stuffing = new DotStuffing();
  const parts = chunks.map((chunk) => Buffer.from(stuffing.write(chunk)));
  return Buffer.concat([...parts, Buffer.from(stuffing.end())]).toString('latin1');
}

/** As a client reads: by lines, one dot taken off. */
function received(wire: string, lineEnd: RegExp): string {
  const lines = wire.split(lineEnd);
  const end = lines.indexOf('.');
  assert.equal(end, lines.length - 2, 'the terminator is the last line, and the only one');
  return lines
    .slice(0, end)
    .map((line) => (line.startsWith('.') ? line.slice(1) : line))
    .join('\n');
}

describe('a message in a multi-line response', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 5 });

  it('arrives octet for octet at a client that reads CRLF lines', () => {
    const onlyCrlf = nastyText.map((text) => text.replace(/\r?\n|\r/g, '\r\n'));
    fc.assert(
      fc.property(onlyCrlf, cuts, (text, at) => {
        const wire = stuffed(inChunks(text, at));
        const body = received(wire, /\r\n/).replaceAll('\n', '\r\n');
        assert.equal(text === '' || text.endsWith('\r\n') ? body + (text === '' ? '' : '\r\n') : body, text);
      }),
    );
  });

  it('ends where it ends, and nowhere else, also for a client that takes a bare LF for a line end', () => {
    fc.assert(
      fc.property(nastyText, cuts, (text, at) => {
        const wire = stuffed(inChunks(text, at));
        assert.equal(wire, stuffed(inChunks(text, [])), 'chunks make no difference');
        assert.ok(wire.endsWith('.\r\n'));
        received(wire, /\r\n/);
        received(wire, /\r?\n/);
      }),
    );
  });

  it('that is empty is the terminator alone', () => assert.equal(stuffed([]), '.\r\n'));
});

describe('the top of a message', () => {
  const top = (text: string, lines: number, at: readonly number[] = []): string => {
    const cutter = new TopCut(lines);
    return Buffer.concat(inChunks(text, at).map((chunk) => Buffer.from(cutter.write(chunk)))).toString('latin1');
  };
  const message = 'A: 1\r\nB: 2\r\n\r\none\r\n\r\nthree\r\nfour';

  it('is header, blank line and as many lines of the body as asked for', () => {
    assert.equal(top(message, 0), 'A: 1\r\nB: 2\r\n\r\n');
    assert.equal(top(message, 2), 'A: 1\r\nB: 2\r\n\r\none\r\n\r\n');
    assert.equal(top(message, 99), message);
    assert.equal(top('A: 1\r\n', 5), 'A: 1\r\n');
    assert.equal(top('\r\nbody\r\nmore\r\n', 1), '\r\nbody\r\n');
  });

  it('is the same however the octets come', () => {
    fc.assert(
      fc.property(nastyText, fc.nat(4), fc.array(fc.nat(), { maxLength: 5 }), (text, lines, at) =>
        assert.equal(top(text, lines, at), top(text, lines)),
      ),
    );
  });
});
