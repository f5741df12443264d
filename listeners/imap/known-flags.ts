import { type Flag, type MayFlag, maySet, permanentSystemFlags } from '../../core/values/flags.ts';
import { formatFlags } from './wire/format.ts';

/** More keywords than this are used but not listed in FLAGS: a mailbox of a careless client has thousands. */
const maxListed = 200;

/** The flags that this client was told exist in the mailbox (FLAGS, RFC 3501 section 7.2.6). */
export class KnownFlags {
  #keywords: Map<string, Flag> | undefined;

  /** @returns true when one of these is a keyword not told yet, which is known from now on */
  learn(flags: readonly Flag[]): boolean {
    let learned = false;
    for (const flag of flags) {
      if (flag.startsWith('\\') || this.#keywords?.has(flag.toLowerCase()) || (this.#keywords?.size ?? 0) >= maxListed) continue;
      this.#keywords ??= new Map();
      this.#keywords.set(flag.toLowerCase(), flag);
      learned = true;
    }
    return learned;
  }

  /** The two lines that tell them. @param may what can be changed, which is what PERMANENTFLAGS tells */
  lines(may: MayFlag): readonly string[] {
    const all = [...permanentSystemFlags, ...(this.#keywords?.values() ?? [])];
    const permanent = [...all, '\\*' as Flag].filter((flag) => maySet(may, flag));
    const words = permanent.length === 0 ? 'Nothing can be changed' : 'Kept for ever';
    return [`* FLAGS ${formatFlags(all)}`, `* OK [PERMANENTFLAGS ${formatFlags(permanent)}] ${words}`];
  }
}
