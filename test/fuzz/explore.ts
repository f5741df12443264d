import { seededBelow } from '../harness/seeded.ts';
import { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';

export interface Exploration {
  /** URLs of the sources whose blocks are to be reached. */
  readonly files: RegExp;
  /** What to begin with. */
  readonly inputs: readonly string[];
  /** Pieces that mean something to what is tried. */
  readonly words: readonly string[];
  /** How many inputs to try. */
  readonly tries: number;
  readonly seed: number;
  /** What must hold for every input. @throws when it does not */
  readonly hold: (input: Buffer) => void;
}

/** An input for which it did not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** Inputs that run between two looks at the coverage, since looking costs more than a run. */
const atOnce = 25;

/**
 * Tries inputs that come from changing those that reached a block nobody had reached before: they climb into corners that inputs made
 * at random never find.
 * @throws Broken with the input and the seed
 */
export async function explore({ files, inputs, words, tries, seed, hold }: Exploration): Promise<void> {
  const random = seededBelow(seed);
  const coverage = await Coverage.open(files);
  const corpus: Buffer[] = [];
  const tryOne = (input: Buffer): void => {
    try {
      hold(input);
    } catch (cause) {
      throw new Broken(`seed ${seed}: ${JSON.stringify(input.toString('latin1'))}`, { cause });
    }
  };
  try {
    for (const input of inputs.map((text) => Buffer.from(text, 'latin1'))) {
      tryOne(input);
      corpus.push(input);
    }
    coverage.keep(await coverage.ran());
    for (let done = 0; done < tries; done += atOnce) {
      const some = Array.from({ length: atOnce }, () => mutate(corpus[random(corpus.length)] ?? Buffer.alloc(0), corpus, words, random));
      some.forEach(tryOne);
      if (!coverage.isNew(await coverage.ran())) continue;
      for (const input of some) {
        tryOne(input);
        const covered = await coverage.ran();
        if (!coverage.isNew(covered)) continue;
        coverage.keep(covered);
        corpus.push(input);
      }
    }
  } finally {
    await coverage.close();
  }
}
