import type { Brand } from './brand.ts';

/**
 * A flag or keyword as stored: system flags in their canonical case (`\Seen`), keywords as the first client wrote them.
 * Compared without regard to case (RFC 9051 section 2.3.2). `\Recent` is never stored: it belongs to a session.
 */
export type Flag = Brand<string, 'Flag'>;

const systemFlags = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'] as const;
const byLowerCase = new Map<string, Flag>(systemFlags.map((name) => [name.toLowerCase(), name as string as Flag]));

export const seen = '\\Seen' as Flag;
export const deleted = '\\Deleted' as Flag;
export const permanentSystemFlags = systemFlags as readonly string[] as readonly Flag[];

/** A keyword longer than this is refused: flags are kept per message. */
export const maxKeywordLength = 64;

/** @param text an IMAP flag or keyword atom. @returns undefined for `\Recent`, unknown system flags and over-long keywords */
export function parseFlag(text: string): Flag | undefined {
  if (text.startsWith('\\')) return byLowerCase.get(text.toLowerCase());
  return text.length > 0 && text.length <= maxKeywordLength ? (text as Flag) : undefined;
}

export const sameFlag = (a: Flag, b: Flag): boolean => a === b || a.toLowerCase() === b.toLowerCase();

export const hasFlag = (flags: readonly Flag[], flag: Flag): boolean => flags.some((one) => sameFlag(one, flag));

/** Flags that somebody may set or clear (RFC 4314 section 4). */
export interface MayFlag {
  readonly seen: boolean;
  readonly deleted: boolean;
  /** All others. */
  readonly others: boolean;
}

export const maySet = ({ seen: maySee, deleted: mayDelete, others }: MayFlag, flag: Flag): boolean =>
  sameFlag(flag, seen) ? maySee : sameFlag(flag, deleted) ? mayDelete : others;

/** How STORE changes flags (RFC 9051 section 6.4.6). */
export type FlagChange = {
  readonly how: 'add' | 'remove' | 'replace';
  readonly flags: readonly Flag[];
  /** All other flags stay as they are. @default - whoever asks may change all */
  readonly within?: MayFlag;
};

/** @returns the flags after the change; order of those kept does not change, so that an unchanged set compares equal */
export function applyFlagChange(current: readonly Flag[], { how, flags, within }: FlagChange): readonly Flag[] {
  const mayChange = (flag: Flag): boolean => within === undefined || maySet(within, flag);
  const given = flags.filter(mayChange);
  if (how === 'remove') return current.filter((flag) => !hasFlag(given, flag));
  const kept = how === 'add' ? current : current.filter((flag) => !mayChange(flag) || hasFlag(given, flag));
  const added = given.filter((flag, i) => !hasFlag(kept, flag) && !hasFlag(given.slice(0, i), flag));
  return added.length === 0 ? kept : [...kept, ...added];
}
