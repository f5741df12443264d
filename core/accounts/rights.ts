/** One of the standard rights of RFC 4314 section 2.1. */
export type Right = 'l' | 'r' | 's' | 'w' | 'i' | 'p' | 'k' | 'x' | 't' | 'e' | 'a';

export type Rights = ReadonlySet<Right>;

/** In the order in which they are told. */
export const standardRights: readonly Right[] = ['l', 'r', 's', 'w', 'i', 'p', 'k', 'x', 't', 'e', 'a'];

/** What an account has in its own mailboxes. */
export const allRights: Rights = new Set(standardRights);

export const noRights: Rights = new Set();

/** What clients of RFC 2086 ask for and understand: each stands for several (RFC 4314 section 2.1.1). */
const virtualRights: Readonly<Record<'c' | 'd', readonly Right[]>> = { c: ['k', 'x'], d: ['t', 'e'] };

const meaningOf = new Map<string, readonly Right[]>([
  ...standardRights.map((right): [string, readonly Right[]] => [right, [right]]),
  ...Object.entries(virtualRights),
]);

/** @param letters those of RFC 2086 too. @returns undefined when one of them is no right, capitals and digits among them */
export function parseRights(letters: string): Rights | undefined {
  const rights = new Set<Right>();
  for (const letter of letters) {
    const meant = meaningOf.get(letter);
    if (meant === undefined) return undefined;
    for (const right of meant) rights.add(right);
  }
  return rights;
}

/** In one order, however they came together. */
export const formatRights = (rights: Rights): string => standardRights.filter((one) => rights.has(one)).join('');

/** With `c` and `d`, which older clients look for when any of what they stand for is there (RFC 4314 section 2.1.1). */
export const rightsTold = (rights: Rights): string => formatRights(rights) + virtualOf(rights).join('');

export const virtualOf = (rights: Rights): readonly ('c' | 'd')[] =>
  (['c', 'd'] as const).filter((name) => virtualRights[name].some((one) => rights.has(one)));
