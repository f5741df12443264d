/** A message as THREAD sees it. */
export interface Letter {
  readonly id: string | undefined;
  readonly references: readonly string[];
  /** Base subject; the empty text is none. */
  readonly subject: string;
  readonly isReply: boolean;
  readonly sent: number;
}

interface Node {
  /** Number of the message, from 1 on; undefined: a dummy. */
  readonly number?: number;
  readonly letter?: Letter;
  parent: Node | undefined;
  children: Node[];
}

/** THREAD=REFERENCES as RFC 5256 tells it, with objects, recursion and no thought of time: what ours is held against. */
export function naiveReferences(letters: readonly Letter[]): string {
  const root = firstTwoSteps(letters);
  root.children = root.children.flatMap((child) => pruned(child, true));
  root.children.sort(bySent); // (4)
  gatherSubjects(root); // (5)
  sortAll(root); // (6)
  return root.children.map(told).join('');
}

function firstTwoSteps(letters: readonly Letter[]): Node {
  const table = new Map<string, Node>();
  const all = letters.map((letter, i): Node => ({ number: i + 1, letter, parent: undefined, children: [] }));
  // All messages are known before any link is made.
  for (const [i, { id }] of letters.entries()) {
    const own = id !== undefined && !table.has(id) ? id : `unique ${i}`;
    table.set(own, all[i] as Node);
  }
  const dummies: Node[] = [];
  const named = (id: string): Node => {
    const known = table.get(id);
    if (known !== undefined) return known;
    const dummy: Node = { parent: undefined, children: [] };
    dummies.push(dummy);
    table.set(id, dummy);
    return dummy;
  };
  for (const node of all) {
    const line = (node.letter as Letter).references.map(named);
    for (const [i, child] of line.entries()) {
      const parent = line[i - 1];
      if (parent !== undefined && child.parent === undefined && !isWithin(parent, child)) link(parent, child);
    }
    const last = line.at(-1);
    unlink(node);
    if (last !== undefined && !isWithin(last, node)) link(last, node);
  }
  return { parent: undefined, children: [...all, ...dummies].filter(({ parent }) => parent === undefined) };
}

/** Is the node the other one, or below it? */
const isWithin = (node: Node, other: Node): boolean => node === other || other.children.some((child) => isWithin(node, child));

function link(parent: Node, child: Node): void {
  child.parent = parent;
  parent.children.push(child);
}

function unlink(node: Node): void {
  if (node.parent !== undefined) node.parent.children = node.parent.children.filter((one) => one !== node);
  node.parent = undefined;
}

/** (3) @returns what stands in the node's place */
function pruned(node: Node, atTop: boolean): readonly Node[] {
  node.children = node.children.flatMap((child) => pruned(child, false));
  if (node.number !== undefined) return [node];
  return atTop && node.children.length > 1 ? [node] : node.children;
}

function gatherSubjects(root: Node): void {
  const table = new Map<string, Node>();
  for (const node of root.children) {
    const { subject, isReply } = headOf(node);
    const known = table.get(subject);
    if (subject === '') continue;
    const isBetter = known !== undefined && !isDummy(known) && (isDummy(node) || (headOf(known).isReply && !isReply));
    if (known === undefined || isBetter) table.set(subject, node);
  }
  for (const node of [...root.children]) {
    const { subject, isReply } = headOf(node);
    const known = table.get(subject);
    if (subject === '' || known === undefined || known === node || !root.children.includes(node)) continue;
    root.children = root.children.filter((one) => one !== node);
    if (isDummy(node) && isDummy(known)) known.children.push(...node.children);
    else if (isDummy(known) || (isReply && !headOf(known).isReply)) known.children.push(node);
    else {
      const dummy: Node = { parent: undefined, children: [node, known] };
      root.children = [...root.children.filter((one) => one !== known), dummy];
      table.set(subject, dummy);
    }
  }
}

const isDummy = ({ number }: Node): boolean => number === undefined;

/** The first child of a dummy, which has been sorted by then. */
const first = (node: Node): Node => (isDummy(node) ? ([...node.children].sort(bySent)[0] as Node) : node);
const headOf = (node: Node): Letter => first(node).letter as Letter;

function bySent(a: Node, b: Node): number {
  const [one, other] = [first(a), first(b)];
  return headOf(one).sent - headOf(other).sent || (one.number ?? 0) - (other.number ?? 0);
}

function sortAll(node: Node): void {
  for (const child of node.children) sortAll(child);
  node.children.sort(bySent);
}

const told = (node: Node): string => `(${members(node)})`;

function members({ number, children }: Node): string {
  const own = number === undefined ? '' : `${number}`;
  if (children.length === 0) return own;
  const below = children.length === 1 ? members(children[0] as Node) : children.map(told).join('');
  return own === '' ? below : `${own} ${below}`;
}
