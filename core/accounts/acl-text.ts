import type { Acl, Identifier } from './acl.ts';

/** A list of rights as stores keep it. @returns undefined for an empty one */
export const aclText = (acl: Acl | undefined): string | undefined =>
  acl === undefined || acl.size === 0 ? undefined : JSON.stringify([...acl]);

/** @throws when the text is none of ours */
export function aclOf(text: string | null | undefined): Acl | undefined {
  if (text === null || text === undefined) return undefined;
  const pairs: unknown = JSON.parse(text);
  if (!Array.isArray(pairs) || !pairs.every(isEntry)) throw new Error(`not a list of rights: ${text.slice(0, 80)}`);
  return new Map(pairs as [Identifier, string][]);
}

const isEntry = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every((one) => typeof one === 'string');
