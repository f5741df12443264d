import { bodyPieces, headerPieces } from '../core/mailbox/search/searched-texts.ts';
import { mayHold, type Signature, SignatureOfTexts, threesOf } from '../core/mailbox/search/signature.ts';
import { packSize, writePack } from '../core/mailbox/search/signature-pack.ts';

import { casemap } from '../core/message/casemap.ts';
import { messageFacts } from '../core/message/parse-message.ts';
import { absentWord, letter, rareWord } from './large-mailbox/letters.ts';

const count = 2_000;
const messages = 100_000;
/** Dollars for a million, S3 standard and DynamoDB on demand, us-east-1. */
const getPrice = 0.4;
const putPrice = 5;
const readPrice = 0.125;

/** What signatures of texts take on S3, how often they are wrong, and what a search of 100,000 messages costs with them, beside reading every body. */
export async function benchTextSignatures(): Promise<void> {
  const since = performance.now();
  const all: { readonly text: string; readonly signature: Signature }[] = [];
  let octets = 0;
  for (let i = 0; i < count; i += 1) {
    octets += letter(i).length;
    all.push(await signed(letter(i)));
  }
  const ms = performance.now() - since;
  const pack = writePack(0, new Map(all.slice(0, packSize).map(({ signature }, i) => [i, signature])));
  const size = all.reduce((sum, { signature }) => sum + signature.length, 0) / count;
  console.log(
    `signatures: ${Math.round(size)} octets of a message of ${Math.round(octets / count)}, ratio ${((size * count) / octets).toFixed(2)}; ` +
      `${((ms * 1000) / count).toFixed(0)} µs to make one; a pack of ${packSize} ${Math.round(pack.length / 1024)} KB`,
  );
  for (const needle of [absentWord, rareWord, 'meeting', 'привет', 'xyl', 'zenchei', 'list']) {
    const threes = threesOf(casemap(needle));
    const there = all.filter(({ text }) => text.includes(casemap(needle))).length;
    const candidates = all.filter(({ signature }) => mayHold(signature, threes)).length;
    const toRead = (candidates / count) * messages;
    const packs = Math.ceil(messages / packSize);
    const dollars = (packs * getPrice + 2 * toRead * getPrice + toRead * readPrice) / 1e6;
    const scan = (2 * messages * getPrice + messages * readPrice) / 1e6;
    console.log(
      `"${needle}": in ${there} of ${count}, read ${candidates}; a search of ${messages} $${dollars.toFixed(4)}, reading every message $${scan.toFixed(4)}, ratio ${(dollars / scan).toFixed(3)}`,
    );
  }
  console.log(`written once: $${((Math.ceil(messages / packSize) * (putPrice + getPrice)) / 1e6).toFixed(4)} for ${messages} messages`);
}

async function signed(octets: Buffer): Promise<{ readonly text: string; readonly signature: Signature }> {
  const parser = messageFacts();
  parser.write(octets);
  const facts = parser.end();
  const texts = new SignatureOfTexts();
  let text = '';
  const add = (piece: Parameters<typeof texts.add>[0]): void => {
    texts.add(piece);
    text += piece.begins ? `\n${piece.text}` : piece.text;
  };
  for (const piece of headerPieces(octets.subarray(0, facts.structure.bodyStart).toString('latin1'), facts.envelope)) add(piece);
  const read = async function* (from: number, to: number): AsyncGenerator<Uint8Array> {
    yield octets.subarray(from, to);
  };
  for await (const piece of bodyPieces(facts.structure, read)) add(piece);
  return { text, signature: texts.signature() ?? new Uint8Array(0) };
}
