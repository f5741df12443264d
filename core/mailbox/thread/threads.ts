import { nobody } from './growing-forest.ts';

/** Who is whose child: messages by their place in the order of the mailbox, then, from `messages` on, dummies that hold together what belongs together. */
export interface Parents {
  readonly messages: number;
  readonly dummies: number;
  /** @returns nobody for one at the top; a dummy is always at the top */
  of(message: number): number;
}

/** Threads, each set of siblings in one order (RFC 5256 section 3, THREAD). Twelve octets a message. */
export class Threads {
  readonly #messages: number;
  /** A dummy stands where its first child would. */
  readonly #tops: number[] = [];
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #next: Int32Array;

  /** @param ranked all messages, in the order of siblings */
  constructor(parents: Parents, ranked: Uint32Array) {
    const nodes = parents.messages + parents.dummies;
    this.#messages = parents.messages;
    [this.#first, this.#last, this.#next] = [0, 1, 2].map(() => new Int32Array(nodes).fill(nobody)) as [Int32Array, Int32Array, Int32Array];
    for (const message of ranked) this.#place(message, parents.of(message));
  }

  /** The threads in the words of the response, piece by piece. @param name what a message is called */
  *text(name: (message: number) => number): Generator<string> {
    // Siblings yet to be told, innermost last; nobody: the list that holds them ends. No recursion: threads may be as deep as a mailbox is long.
    const open: number[] = [];
    for (const top of this.#tops) {
      yield this.#begin(top, name, open);
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        if (node === nobody) {
          yield ')';
          continue;
        }
        open.push(this.#next[node] as number);
        yield this.#begin(node, name, open);
      }
    }
  }

  /** A message with its only child, and that one's, and so on; where they are several, those are yet to be told. */
  #begin(node: number, name: (message: number) => number, open: number[]): string {
    let words = '(';
    let last = node;
    if (node < this.#messages) {
      words += name(node);
      for (let child = this.#onlyChild(last); child !== nobody; child = this.#onlyChild(last)) {
        words += ` ${name(child)}`;
        last = child;
      }
    }
    const child = this.#first[last] as number;
    if (child === nobody) return `${words})`;
    open.push(child);
    return last < this.#messages ? `${words} ` : words;
  }

  #onlyChild(node: number): number {
    const child = this.#first[node] as number;
    return child !== nobody && this.#next[child] === nobody ? child : nobody;
  }

  #place(message: number, parent: number): void {
    if (parent === nobody) {
      this.#tops.push(message);
      return;
    }
    const last = this.#last[parent] as number;
    if (last !== nobody) this.#next[last] = message;
    else {
      this.#first[parent] = message;
      if (parent >= this.#messages) this.#tops.push(parent);
    }
    this.#last[parent] = message;
  }
}
