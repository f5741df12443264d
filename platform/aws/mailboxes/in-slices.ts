import { blocksAtOnce } from './leaving.ts';
import { inGroups } from './records.ts';
import { TooLarge } from './within-transaction.ts';

/** A part of a change in many steps. Each is one transaction, so that others can write between; one that is too large for it is halved. */
export async function inSlices(numbers: readonly number[], step: (numbers: readonly number[]) => Promise<void>): Promise<void> {
  for (const part of inGroups(numbers, blocksAtOnce)) await inHalves(part, step);
}

async function inHalves(part: readonly number[], step: (numbers: readonly number[]) => Promise<void>): Promise<void> {
  try {
    await step(part);
  } catch (error) {
    if (!(error instanceof TooLarge) || part.length === 1) throw error;
    const middle = Math.ceil(part.length / 2);
    await inHalves(part.slice(0, middle), step);
    await inHalves(part.slice(middle), step);
  }
}
