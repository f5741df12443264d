import { nobody } from './growing-forest.ts';
import type { Parents } from './threads.ts';

export interface Subjects {
  /** Base subject of a message, as a collation key. */
  of(message: number): string;
  isReply(message: number): boolean;
}

/** The first message of a thread, or a dummy with its first child. */
interface Top {
  readonly node: number;
  readonly message: number;
}

/** Step 5 of REFERENCES (RFC 5256 section 3): threads of one subject become one. @param ranked all messages, by sent date */
export function sameSubjects(parents: Parents, ranked: Uint32Array, subjects: Subjects): Parents {
  const merging = new Merging(parents);
  const tops = topsOf(parents, ranked).filter(({ message }) => subjects.of(message) !== '');
  const table = new Map<string, Top>();
  // (B)
  for (const top of tops) {
    const subject = subjects.of(top.message);
    const known = table.get(subject);
    if (known === undefined || isBetter(top, known, merging, subjects)) table.set(subject, top);
  }
  // (C)
  for (const top of tops) {
    const subject = subjects.of(top.message);
    const known = table.get(subject);
    if (known === undefined || known.node === top.node || !merging.isTop(top.node)) continue;
    if (merging.isDummy(known.node)) merging.join(top.node, known.node);
    else if (subjects.isReply(top.message) && !subjects.isReply(known.message)) merging.join(top.node, known.node);
    else table.set(subject, { node: merging.together(top.node, known.node), message: known.message });
  }
  return merging.parents();
}

/** By the first message of each, as the threads will stand (step 4). */
function topsOf(parents: Parents, ranked: Uint32Array): readonly Top[] {
  const tops: Top[] = [];
  const seen = new Set<number>();
  for (const message of ranked) {
    const parent = parents.of(message);
    if (parent === nobody) tops.push({ node: message, message });
    else if (parent >= parents.messages && !seen.has(parent)) {
      seen.add(parent);
      tops.push({ node: parent, message });
    }
  }
  return tops;
}

/** What stands for its subject is rather a dummy than a message, and rather not an answer. */
function isBetter(top: Top, known: Top, merging: Merging, subjects: Subjects): boolean {
  if (merging.isDummy(known.node)) return false;
  return merging.isDummy(top.node) || (subjects.isReply(known.message) && !subjects.isReply(top.message));
}

class Merging {
  readonly #before: Parents;
  /** Of tops that are none any more. */
  readonly #joined = new Map<number, number>();
  #dummies: number;

  constructor(before: Parents) {
    this.#before = before;
    this.#dummies = before.dummies;
  }

  isDummy(node: number): boolean {
    return node >= this.#before.messages;
  }

  isTop(node: number): boolean {
    return !this.#joined.has(node);
  }

  /** A message becomes a child; a dummy gives its children away, and is no more. */
  join(node: number, parent: number): void {
    this.#joined.set(node, parent);
  }

  /** @returns a new dummy that holds both */
  together(one: number, other: number): number {
    const dummy = this.#before.messages + this.#dummies++;
    this.join(one, dummy);
    this.join(other, dummy);
    return dummy;
  }

  parents(): Parents {
    const { messages, of } = this.#before;
    const parentOf = (message: number): number => {
      const parent = this.#joined.get(message) ?? of(message);
      // Only dummies of before are given away, and only to one that stays.
      return parent >= messages ? (this.#joined.get(parent) ?? parent) : parent;
    };
    return { messages, dummies: this.#dummies, of: parentOf };
  }
}
