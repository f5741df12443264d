import { GrowingIntegers } from './growing-integers.ts';

export const nobody = -1;

/**
 * Trees that are joined and cut apart while their roots are asked for: each in logarithmic time, whatever shape they have, so that a
 * chain of a hundred thousand messages costs no more than a hundred thousand short ones (link-cut trees, Sleator and Tarjan 1983). A path
 * from a root is kept as a splay tree, whose own root points to what is above the path.
 */
export class GrowingForest {
  readonly #parent = new GrowingIntegers(nobody);
  readonly #children = new GrowingIntegers(0);
  readonly #above = new GrowingIntegers(nobody);
  readonly #left = new GrowingIntegers(nobody);
  readonly #right = new GrowingIntegers(nobody);

  /** @returns nobody for a root */
  parentOf(node: number): number {
    return this.#parent.get(node);
  }

  /** Would a link make a loop? @param child a root */
  isUnder(parent: number, child: number): boolean {
    return parent === child || (this.#children.get(child) > 0 && this.#rootOf(parent) === child);
  }

  /** @param child a root; the parent is not under it */
  link(child: number, parent: number): void {
    this.#parent.set(child, parent);
    this.#children.set(parent, this.#children.get(parent) + 1);
    this.#expose(child);
    this.#above.set(child, parent);
  }

  cut(child: number): void {
    const parent = this.#parent.get(child);
    if (parent === nobody) return;
    this.#parent.set(child, nobody);
    this.#children.set(parent, this.#children.get(parent) - 1);
    this.#expose(child);
    this.#above.set(this.#left.get(child), nobody);
    this.#left.set(child, nobody);
  }

  #rootOf(node: number): number {
    this.#expose(node);
    let root = node;
    for (let next = this.#left.get(root); next !== nobody; next = this.#left.get(root)) root = next;
    this.#splay(root);
    return root;
  }

  /** Afterwards the path from the root to the node is one splay tree with the node on top. */
  #expose(node: number): void {
    this.#splay(node);
    this.#right.set(node, nobody);
    for (let above = this.#above.get(node); above !== nobody; above = this.#above.get(node)) {
      this.#splay(above);
      this.#right.set(above, node);
      this.#splay(node);
    }
  }

  #isTop(node: number): boolean {
    const above = this.#above.get(node);
    return above === nobody || (this.#left.get(above) !== node && this.#right.get(above) !== node);
  }

  #splay(node: number): void {
    while (!this.#isTop(node)) {
      const above = this.#above.get(node);
      if (!this.#isTop(above)) {
        const inLine = (this.#left.get(this.#above.get(above)) === above) === (this.#left.get(above) === node);
        this.#rotate(inLine ? above : node);
      }
      this.#rotate(node);
    }
  }

  /** The node changes places with the one above it. */
  #rotate(node: number): void {
    const above = this.#above.get(node);
    const top = this.#above.get(above);
    const [near, far] = this.#left.get(above) === node ? [this.#left, this.#right] : [this.#right, this.#left];
    if (this.#left.get(top) === above && top !== nobody) this.#left.set(top, node);
    else if (this.#right.get(top) === above && top !== nobody) this.#right.set(top, node);
    const between = far.get(node);
    near.set(above, between);
    if (between !== nobody) this.#above.set(between, above);
    far.set(node, above);
    this.#above.set(above, node);
    this.#above.set(node, top);
  }
}
