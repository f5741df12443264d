import type { Piece } from './searched-texts.ts';
import { mostIndexedText, shortestNeedle } from './text-index.ts';

/**
 * What three characters in a row stand in a message, as a Bloom filter: of those that stand in it, all are told, and of those that do not, 1 in 12
 * is told too. A word of five letters has three, so that a message is taken for one that may have it, by chance, 1 time in 1,700 at best; in practice
 * most threes of a word stand somewhere in any text of its language, and what is seen is told in the decision record.
 */
export type Signature = Uint8Array;

/** Bits for each three that stands in the message, and how many of them it sets. */
const bitsOfThree = 6;
const bitsSet = 2;
/** Threes of a message: one with more is always read. */
const mostThrees = 32_768;

/** Gathers the threes of one message's texts. */
export class SignatureOfTexts {
  readonly #threes = new Set<number>();
  #length = 0;
  #tail = '';

  add({ text, begins }: Piece): void {
    this.#length += text.length;
    if (this.isTooMuch) return;
    const window = begins ? text : this.#tail + text;
    for (let i = 0; i + shortestNeedle <= window.length; i += 1) this.#threes.add(threeAt(window, i));
    this.#tail = window.slice(1 - shortestNeedle);
  }

  get isTooMuch(): boolean {
    return this.#length > mostIndexedText || this.#threes.size > mostThrees;
  }

  /** @returns undefined when there was too much of it */
  signature(): Signature | undefined {
    if (this.isTooMuch) return undefined;
    const signature = new Uint8Array(Math.ceil((this.#threes.size * bitsOfThree) / 8));
    for (const three of this.#threes) {
      for (let i = 0; i < bitsSet; i += 1) {
        const bit = bitOf(three, i, signature);
        signature[bit >> 3] = (signature[bit >> 3] ?? 0) | (1 << (bit & 7));
      }
    }
    return signature;
  }
}

/** @param needle in the form of casemap, of `shortestNeedle` at least. @returns what `mayHold` looks for */
export function threesOf(needle: string): readonly number[] {
  const threes = new Set<number>();
  for (let i = 0; i + shortestNeedle <= needle.length; i += 1) threes.add(threeAt(needle, i));
  return [...threes];
}

/** @returns false when the message has the needle nowhere */
export const mayHold = (signature: Signature, threes: readonly number[]): boolean =>
  signature.length > 0 && threes.every((three) => hasBits(signature, three));

function hasBits(signature: Signature, three: number): boolean {
  for (let i = 0; i < bitsSet; i += 1) {
    const bit = bitOf(three, i, signature);
    if (((signature[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Three UTF-16 units as one number of 32 bits. Two threes may share one, which only makes a message read that need not be. Kept signatures were made so: it may never change. */
function threeAt(text: string, at: number): number {
  const [a, b, c] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
  return mixed(Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35));
}

/** The bits of a three are parted by a number of its own, as Kirsch and Mitzenmacher found to do as well as hashing anew. */
function bitOf(three: number, i: number, signature: Signature): number {
  const bits = signature.length * 8;
  return (three + i * ((mixed(three ^ 0x27d4eb2f) | 1) >>> 0)) % bits;
}

/** MurmurHash3's last step: each bit of what comes in changes half of those that come out. */
function mixed(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
