import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nothingAgreed } from '../../listeners/imap/wire/agreed.ts';
import { formatBodyStructure, formatEnvelope } from '../../listeners/imap/wire/format.ts';
import { literalAtEnd } from '../../listeners/imap/wire/framing.ts';
import { parseCommand as parseImap } from '../../listeners/imap/wire/parse-command.ts';
import { parseCommand as parsePop3 } from '../../listeners/pop3/wire/parse-command.ts';
import { readDatum } from '../imap-wire/strict-reader.ts';
import { assertBody, assertEnvelope } from '../imap-wire/strict-structure.ts';
import { factsOf, fixture, fixtureNames } from '../message/read-facts.ts';
import { explore } from './explore.ts';
import { imapCommands, imapWords, messageWords } from './known-inputs.ts';
import { climb } from './ladder.ts';

/** More by `MAILWEIR_FUZZ=50`, another way by `MAILWEIR_FUZZ_SEED`. */
const times = Number(process.env.MAILWEIR_FUZZ ?? 1);
const seed = Number(process.env.MAILWEIR_FUZZ_SEED ?? 1);

/** Cuts the octets into lines and literals as a session does. */
function received(octets: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  while (at <= octets.length) {
    const end = octets.indexOf('\r\n', at);
    const line = octets.subarray(at, end === -1 ? octets.length : end);
    parts.push(line);
    const literal = literalAtEnd(line);
    if (end === -1 || literal === undefined) return parts;
    parts.push(octets.subarray(end + 2, end + 2 + literal.size));
    at = end + 2 + literal.size;
  }
  return parts;
}

function holdsForImap(octets: Buffer): void {
  for (const agreed of [nothingAgreed, { ...nothingAgreed, rev2: true, utf8: true, uidOnly: true }]) {
    const parsed = parseImap(received(octets), agreed);
    assert.ok(['command', 'literal', 'bad'].includes(parsed.kind));
    if (parsed.kind === 'bad') assert.match(parsed.text, /^[\x20-\x7e]+$/);
    if (parsed.kind !== 'bad') assert.match(parsed.kind === 'command' ? parsed.command.tag : parsed.tag, /^[\x21-\x7e]+$/);
  }
}

function holdsForMessages(octets: Buffer): void {
  const facts = factsOf(octets);
  assert.equal(facts.size, octets.length);
  assert.deepEqual(factsOf(octets, 7), facts);
  assertEnvelope(readDatum(formatEnvelope(facts.envelope)));
  assertBody(readDatum(formatBodyStructure(facts.structure, true)), true);
}

describe('looking where nobody has looked', () => {
  it('finds the corner that inputs made at random never reach', async () => {
    let highest = 0;
    const hold = (input: Buffer): void => {
      highest = Math.max(highest, climb(input));
    };
    await explore({
      files: /\/fuzz\/ladder\.ts$/,
      inputs: ['aaaaaa'],
      words: ['m\x01', '\xfe', 'w', '\x13', '\x99'],
      tries: 20_000,
      seed: 1,
      hold,
    });
    assert.equal(highest, 6);
  });

  it('tells the input for which something did not hold', async () => {
    const hold = (input: Buffer): void => assert.ok(climb(input) < 3);
    const exploring = explore({ files: /\/fuzz\/ladder\.ts$/, inputs: ['m'], words: ['\x01', '\xfe'], tries: 20_000, seed: 1, hold });
    await assert.rejects(exploring, { name: 'Broken', message: /seed 1: "m\\u0001þ/ });
  });

  it('meets no IMAP command that is not read, refused or waited for', () =>
    explore({ files: /\/imap\/wire\//, inputs: imapCommands, words: imapWords, tries: 10_000 * times, seed, hold: holdsForImap }));

  it('meets no POP3 command that is not read or refused', () =>
    explore({
      files: /\/pop3\/wire\//,
      inputs: ['USER alice', 'PASS a b', 'RETR 1', 'TOP 1 2', 'APOP a b', 'AUTH PLAIN =', 'UIDL', 'LIST 4', 'CAPA', 'UTF8', 'LANG *'],
      words: [' ', '1', '99999999999', '\0', '\xff', '\t', 'AUTH ', '='],
      tries: 5_000 * times,
      seed,
      hold: (input) => assert.ok(parsePop3(input) !== undefined),
    }));

  it('meets no message that has no facts, or facts that can not be told', () =>
    explore({
      files: /\/core\/message\//,
      inputs: fixtureNames.map((name) => fixture(name).toString('latin1')).filter((text) => text.length < 2_000),
      words: messageWords,
      tries: 10_000 * times,
      seed,
      hold: holdsForMessages,
    }));
});
