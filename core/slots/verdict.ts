import type { HolderId } from '../values/ids.ts';
import type { SlotEntry, SlotItem } from './slot-store.ts';

/** What a move that "did not apply" really means (rules 2 and 3). */
export type Verdict =
  /** An earlier try of the same move landed, and this was its repetition. */
  | { readonly is: 'landed'; readonly entry: SlotEntry }
  /** The entry is gone although it was known: somebody declared this holder dead and removed it. */
  | { readonly is: 'dead' }
  /** A late copy of another move of this holder landed: its count is the truth now. */
  | { readonly is: 'overtaken'; readonly entry: SlotEntry }
  /** The entry stands as known, so it was the limit. */
  | { readonly is: 'refused' };

export function judge(item: SlotItem, holder: HolderId, from: SlotEntry | undefined, to: SlotEntry): Verdict {
  const mine = item.entries.get(holder);
  if (mine === undefined) return from === undefined ? { is: 'refused' } : { is: 'dead' };
  if (mine.version === to.version) return { is: 'landed', entry: mine };
  return mine.version === from?.version ? { is: 'refused' } : { is: 'overtaken', entry: mine };
}
