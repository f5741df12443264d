import type { NumberSet } from '../../../core/values/number-set.ts';
import { Packer, Unpacker } from './packing.ts';

/** A change of a mailbox, as its row remembers the last ones. */
export interface PastChange {
  /** Random: by it a process knows that a change of its own has landed though no answer came. Twelve hexadecimal digits. */
  readonly op: string;
  /** Of the row, written by it. */
  readonly version: number;
  readonly modseq: number;
  /** It took messages away: its MODSEQ has an entry in what was expunged. */
  readonly expunged: boolean;
  /** Numbers of the blocks it wrote. */
  readonly blocks: NumberSet;
}

/** Octets of the row for the history: some 30 usual changes. One transaction's blocks need less. */
const mostOctets = 420;
const octetsOfOp = 6;

/** @param changes newest first. @returns as many of them as fit */
export function packHistory(changes: readonly PastChange[]): Uint8Array {
  const packed = new Packer();
  let before = { version: 0, modseq: 0 };
  for (const [i, change] of changes.entries()) {
    const one = new Packer();
    // Of the newest the numbers themselves, of all others how far they are below.
    if (i === 0) one.number(change.version).number(change.modseq);
    else one.number(before.version - change.version).number(before.modseq - change.modseq);
    one.octet(change.expunged ? 1 : 0).octets(Buffer.from(change.op, 'hex'));
    one.numberSet(change.blocks);
    if (packed.length + one.length > mostOctets) break;
    packed.octets(one.done());
    before = change;
  }
  return packed.done();
}

/** @returns newest first */
export function unpackHistory(octets: Uint8Array, where: string): readonly PastChange[] {
  const packed = new Unpacker(octets, where);
  const changes: PastChange[] = [];
  while (!packed.isAtEnd) {
    const before = changes.at(-1);
    const [version, modseq] = [packed.number(), packed.number()];
    changes.push({
      version: before === undefined ? version : before.version - version,
      modseq: before === undefined ? modseq : before.modseq - modseq,
      expunged: packed.octet() === 1,
      op: Buffer.from(packed.octets(octetsOfOp)).toString('hex'),
      blocks: packed.numberSet(),
    });
  }
  return changes;
}

/** @returns the changes after this MODSEQ; undefined when the history may not reach back so far */
export function changesAfter(history: readonly PastChange[], modseq: number): readonly PastChange[] | undefined {
  const oldest = history.at(-1);
  return oldest !== undefined && oldest.modseq <= modseq ? history.filter((change) => change.modseq > modseq) : undefined;
}
