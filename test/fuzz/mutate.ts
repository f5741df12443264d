/** Whole numbers below `below`, from a seed: the same seed, the same run. */
export type Random = (below: number) => number;

/** Longer inputs make each run slower and find no more. */
const longest = 4_096;

/** @param words pieces that mean something to what reads the input. @returns the input with one to four changes */
export function mutate(input: Buffer, corpus: readonly Buffer[], words: readonly string[], random: Random): Buffer {
  let changed = input;
  for (let left = 1 + random(4); left > 0; left--) changed = change(changed, corpus, words, random);
  return changed.subarray(0, longest);
}

function change(input: Buffer, corpus: readonly Buffer[], words: readonly string[], random: Random): Buffer {
  const at = random(input.length + 1);
  const to = Math.min(input.length, at + random(16));
  const [head, cut, tail] = [input.subarray(0, at), input.subarray(at, to), input.subarray(to)];
  switch (random(7)) {
    case 0: // an octet is another one
      return Buffer.concat([head, Buffer.from([random(256)]), input.subarray(Math.min(input.length, at + 1))]);
    case 1: // some go
      return Buffer.concat([head, tail]);
    case 2: // some come twice
      return Buffer.concat([head, cut, cut, tail]);
    case 3: // a word stands in for some
      return Buffer.concat([head, wordOf(words, random), tail]);
    case 4: // the rest is that of another input
      return Buffer.concat([head, partOf(corpus[random(corpus.length)] ?? head, random)]);
    case 5: // a number is off by one
      return Buffer.concat([head, Buffer.from(cut.map((octet) => (octet >= 0x30 && octet < 0x39 ? octet + 1 : octet))), tail]);
    default: // a word comes in between
      return Buffer.concat([head, wordOf(words, random), input.subarray(at)]);
  }
}

const wordOf = (words: readonly string[], random: Random): Buffer => Buffer.from(words[random(words.length)] ?? '', 'latin1');

const partOf = (input: Buffer, random: Random): Buffer => input.subarray(random(input.length + 1));
