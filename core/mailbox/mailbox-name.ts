/** Levels of a name, and octets in all: what clients and other servers cope with. */
const maxLevels = 32;
const maxOctets = 1000;
const maxLevelOctets = 255;

export const separator = '/';

/** Controls, line separators, lone surrogates; `%` and `*` are LIST's wildcards, so such a name could not be listed alone. */
const refusedCharacter = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}%*]/u;

/**
 * A mailbox name as it is stored: NFC, so that what looks the same is the same; a first level `inbox` in any case is INBOX.
 * @returns undefined when the name breaks a rule: empty levels, a leading `#` (kept for namespaces), forbidden characters, too long or deep
 */
export function parseMailboxName(text: string): string | undefined {
  if (text.length === 0 || text.length > maxOctets) return undefined;
  const levels = text.normalize('NFC').split(separator);
  const first = levels[0] as string;
  if (first.toUpperCase() === 'INBOX') levels[0] = 'INBOX';
  if (first.startsWith('#') || levels.length > maxLevels || !levels.every(isLevel)) return undefined;
  const name = levels.join(separator);
  return Buffer.byteLength(name) <= maxOctets ? name : undefined;
}

/** A name that may be subscribed: others' too, with the level of their namespace before it (see mailbox-place.ts). */
export function parseSubscribedName(text: string): string | undefined {
  const space = /^#(?:users|public)(?=\/)/i.exec(text)?.[0];
  if (space === undefined) return parseMailboxName(text);
  const levels = text
    .slice(space.length + 1)
    .normalize('NFC')
    .split(separator);
  const name = [space.toLowerCase(), ...levels].join(separator);
  return levels.length < maxLevels && levels.every(isLevel) && Buffer.byteLength(name) <= maxOctets ? name : undefined;
}

const isLevel = (level: string): boolean => level.length > 0 && Buffer.byteLength(level) <= maxLevelOctets && !refusedCharacter.test(level);

/** A name with one more level, of one octet, would still be one. */
export const mayHaveInferiors = (name: string): boolean =>
  name.split(separator).length < maxLevels && Buffer.byteLength(name) + 2 <= maxOctets;

/** @returns the names above this one, the outermost first */
export function parentsOf(name: string): readonly string[] {
  const levels = name.split(separator);
  return levels.slice(1).map((_, i) => levels.slice(0, i + 1).join(separator));
}

/** Names in the order of the tree, INBOX first: a parent stands right before its children. */
export function compareMailboxNames(a: string, b: string): number {
  const [left, right] = [treeKey(a), treeKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const treeKey = (name: string): string => (isInboxOrBelow(name) ? '\u0001' : '\u0002') + name.replaceAll(separator, '\u0000');
const isInboxOrBelow = (name: string): boolean => name === 'INBOX' || name.startsWith(`INBOX${separator}`);
