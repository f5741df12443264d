import type { MailboxId } from '../../values/ids.ts';
import { mergeRanges, type NumberSet, numberSet } from '../../values/number-set.ts';
import { mayHold, type Signature, SignatureOfTexts, threesOf } from './signature.ts';
import { packOf, readPack, type SignaturePack, writePack } from './signature-pack.ts';
import type { Lesson, TextIndex, TextsOfMessage } from './text-index.ts';

/** Where packs of signatures are kept. What is lost there is made again. */
export interface SignatureStore {
  get(mailbox: MailboxId, pack: number): Promise<Uint8Array | undefined>;
  put(mailbox: MailboxId, pack: number, octets: Uint8Array): Promise<void>;
}

export interface PackedIndexOptions {
  readonly store: SignatureStore;
  /** A store that fails makes searches read more, and nothing worse. */
  readonly failed: (error: unknown) => void;
  /** New signatures that a pack is written for: fewer are read again by the next search. @default 32 */
  readonly worthWriting?: number;
}

/** Packs asked for at once: at most some megabytes. */
const packsAtOnce = 8;

/**
 * An index that searches fill: whoever reads a message whole leaves its signature for the next, so that nothing is paid at delivery, and nothing for
 * those who never search. A message never changes and a UID never comes again, so that what a pack says of one stays true.
 */
export class PackedTextIndex implements TextIndex {
  readonly #options: PackedIndexOptions;

  constructor(options: PackedIndexOptions) {
    this.#options = options;
  }

  async ruledOut(mailbox: MailboxId, uids: NumberSet, needles: readonly string[], signal?: AbortSignal): Promise<readonly NumberSet[]> {
    const wanted = needles.map(threesOf);
    const packs = packsOf(uids);
    const ruled: NumberSet[][] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < packs.length; i = next++) {
        signal?.throwIfAborted();
        const signatures = await this.#read(mailbox, packs[i] as number);
        ruled[i] = wanted.map((threes) => without(signatures, threes));
      }
    };
    await Promise.all(Array.from({ length: packsAtOnce }, work));
    // Packs stand in the order of UIDs; two ranges of neighbours may touch, and are one.
    return needles.map((_, i) => mergeRanges(ruled.flatMap((ofPack) => ofPack[i] ?? [])));
  }

  readonly learn = (mailbox: MailboxId): Lesson => {
    const { worthWriting = 32 } = this.#options;
    const learnt = new Map<number, Map<number, Signature>>();
    const writing = new Set<Promise<void>>();
    const write = (pack: number, signatures: SignaturePack): void => {
      learnt.delete(pack);
      if (signatures.size < worthWriting) return;
      const written = this.#add(mailbox, pack, signatures).finally(() => writing.delete(written));
      writing.add(written);
    };
    return {
      message: (uid) =>
        gathering((signature) => {
          const signatures = learnt.get(packOf(uid)) ?? new Map<number, Signature>();
          learnt.set(packOf(uid), signatures.set(uid, signature));
          // Messages come in the order of their UIDs, some read at a time: what is two packs behind is complete.
          for (const [pack, all] of learnt) if (pack < packOf(uid) - 1) write(pack, all);
        }),
      end: async () => {
        for (const [pack, signatures] of learnt) write(pack, signatures);
        await Promise.all(writing);
      },
    };
  };

  async #read(mailbox: MailboxId, pack: number): Promise<SignaturePack> {
    try {
      const octets = await this.#options.store.get(mailbox, pack);
      return (octets && readPack(pack, octets)) ?? new Map();
    } catch (error) {
      this.#options.failed(error);
      return new Map();
    }
  }

  /** Of two searches that write the same pack at a time, what one has learnt may get lost. */
  async #add(mailbox: MailboxId, pack: number, signatures: SignaturePack): Promise<void> {
    try {
      const known = await this.#read(mailbox, pack);
      await this.#options.store.put(mailbox, pack, writePack(pack, new Map([...known, ...signatures])));
    } catch (error) {
      this.#options.failed(error);
    }
  }
}

function gathering(learnt: (signature: Signature) => void): TextsOfMessage {
  const texts = new SignatureOfTexts();
  return {
    add: (piece) => texts.add(piece),
    whole() {
      const signature = texts.signature();
      if (signature !== undefined) learnt(signature);
    },
  };
}

/** Numbers of the packs in which these UIDs are, ascending. */
function packsOf(uids: NumberSet): readonly number[] {
  const packs: number[] = [];
  for (const { from, to } of uids) {
    for (let pack = Math.max(packOf(from), (packs.at(-1) ?? -1) + 1); pack <= packOf(to); pack += 1) packs.push(pack);
  }
  return packs;
}

/** @returns UIDs that are in the pack, and not with this needle */
const without = (signatures: SignaturePack, threes: readonly number[]): NumberSet =>
  numberSet([...signatures].filter(([, signature]) => !mayHold(signature, threes)).map(([uid]) => uid));
