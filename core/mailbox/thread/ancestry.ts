import { GrowingForest, nobody } from './growing-forest.ts';
import { GrowingIntegers } from './growing-integers.ts';
import type { Parents } from './threads.ts';

/** Message IDs that are named and are not there: so many are told apart. Further ones are passed over, since each costs memory and anybody may write them. */
const mostUnknown = 200_000;

/** Steps 1 to 3 of REFERENCES (RFC 5256 section 3): who answers whom, by Message IDs. Messages come in the order of the mailbox. */
export class Ancestry {
  readonly #forest = new GrowingForest();
  readonly #byId = new Map<string, number>();
  /** By node: which message it is, or nobody for a dummy. */
  readonly #messageOf = new GrowingIntegers(nobody);
  /** By message. */
  readonly #nodeOf = new GrowingIntegers(nobody);
  readonly #mostUnknown: number;
  #nodes = 0;
  #messages = 0;

  constructor(unknown = mostUnknown) {
    this.#mostUnknown = unknown;
  }

  /** @param id its Message ID, if it has one. @param references Message IDs, oldest first */
  add(id: string | undefined, references: readonly string[]): void {
    const node = this.#nodeFor(id);
    this.#messageOf.set(node, this.#messages);
    this.#nodeOf.set(this.#messages++, node);
    const line = references.map((one) => this.#named(one)).filter((one) => one !== nobody);
    // (1) (A): what two others are to each other is hearsay, and changes nothing that is known.
    for (const [i, child] of line.entries()) {
      const parent = line[i - 1];
      if (parent === undefined || this.#forest.parentOf(child) !== nobody) continue;
      if (!this.#forest.isUnder(parent, child)) this.#forest.link(child, parent);
    }
    this.#answers(node, line.at(-1) ?? nobody);
  }

  /** (1) (B): what a message says of itself counts. */
  #answers(node: number, parent: number): void {
    if (this.#forest.parentOf(node) === parent) return;
    this.#forest.cut(node);
    if (parent !== nobody && !this.#forest.isUnder(parent, node)) this.#forest.link(node, parent);
  }

  /** Who uses an ID that another message has is somebody else. */
  #nodeFor(id: string | undefined): number {
    const known = id === undefined ? undefined : this.#byId.get(id);
    if (known !== undefined && this.#messageOf.get(known) === nobody) return known;
    const node = this.#nodes++;
    if (id !== undefined && known === undefined) this.#byId.set(id, node);
    return node;
  }

  #named(id: string): number {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    if (this.#nodes - this.#messages >= this.#mostUnknown) return nobody;
    this.#byId.set(id, this.#nodes);
    return this.#nodes++;
  }

  /**
   * (2), (3): dummies go and leave their children to whoever is above; only at the top one stays, where it holds several together.
   */
  parents(): Parents {
    const above = this.#nearest();
    const heldBy = new Map<number, number>();
    for (let message = 0; message < this.#messages; message++) {
      const top = above(message);
      if (top.message === nobody && top.dummy !== nobody) heldBy.set(top.dummy, (heldBy.get(top.dummy) ?? 0) + 1);
    }
    const places = new Map([...heldBy].filter(([, held]) => held > 1).map(([dummy], i) => [dummy, this.#messages + i]));
    const parents = Int32Array.from({ length: this.#messages }, (_, message) => {
      const top = above(message);
      return top.message === nobody ? (places.get(top.dummy) ?? nobody) : top.message;
    });
    return { messages: this.#messages, dummies: places.size, of: (message) => parents[message] ?? nobody };
  }

  /** @returns of a message: the nearest message above it, or else the dummy at the top, if there is one */
  #nearest(): (message: number) => { readonly message: number; readonly dummy: number } {
    /** By dummy: the node that its children come to. Shortens each way once it was gone. */
    const ends = new GrowingIntegers(nobody);
    const endOf = (dummy: number): number => {
      const way: number[] = [];
      let at = dummy;
      for (;;) {
        const known = ends.get(at);
        const next = known === nobody ? this.#forest.parentOf(at) : known;
        if (next === nobody) break;
        way.push(at);
        at = next;
        if (this.#messageOf.get(at) !== nobody) break;
      }
      for (const one of way) ends.set(one, at);
      return at;
    };
    return (message) => {
      const parent = this.#forest.parentOf(this.#nodeOf.get(message));
      if (parent === nobody) return { message: nobody, dummy: nobody };
      const end = this.#messageOf.get(parent) === nobody ? endOf(parent) : parent;
      const found = this.#messageOf.get(end);
      return found === nobody ? { message: nobody, dummy: end } : { message: found, dummy: nobody };
    };
  }
}
