import { inBoth, mergeRanges, type NumberSet } from '../../values/number-set.ts';
import { mapLeaves, type SearchKey, type SequenceRange } from '../../values/search-key.ts';
import { maxUid } from '../../values/uid.ts';
import type { SelectedMailbox } from '../selected-mailbox.ts';

/** What sets are settled by: the numbers as one client knows them. */
export type SettlingView = Pick<SelectedMailbox, 'exists' | 'uidOf' | 'resolve'>;

/**
 * @returns the key with each of its sets as a NumberSet of UIDs, in which one is found at once: a client may send thousands of ranges.
 * For the messages of the view it says the same, in words that mean the same to every client. A set that reaches the last message is
 * left open at its end, so that it stays the same when mail arrives; no message ever comes into the gaps between those that are there.
 */
export function settleSets(key: SearchKey, view: SettlingView): SearchKey {
  let saved: SearchKey | undefined;
  return mapLeaves(key, (leaf) => {
    if (leaf.key !== 'UID' && leaf.key !== 'SET') return leaf;
    const numbers = leaf.set.filter((one) => one !== '$');
    const named: SearchKey = {
      key: 'UID',
      set: asUids(leaf.key === 'UID' ? (view.resolve(numbers, true) ?? []) : inView(numbers, view), view),
    };
    if (numbers.length === leaf.set.length) return named;
    // It may be large, and a thousand keys may name it: all have the same one.
    saved ??= { key: 'UID', set: asUids(view.resolve(['$'], true) ?? [], view) };
    return numbers.length === 0 ? saved : { key: 'OR', of: [saved, named] };
  });
}

/** MSNs that are not there match nothing, and are no error in a search. */
function inView(ranges: readonly SequenceRange[], { exists }: SettlingView): NumberSet {
  const within = ranges.map(({ from, to }) => {
    const [a, b] = [from === '*' ? exists : from, to === '*' ? exists : to];
    return { from: Math.max(1, Math.min(a, b)), to: Math.min(exists, Math.max(a, b)) };
  });
  return mergeRanges(within.filter(({ from, to }) => from <= to));
}

const asUids = (msns: NumberSet, view: SettlingView): NumberSet =>
  msns.map(({ from, to }) => ({ from: view.uidOf(from), to: to === view.exists ? maxUid : view.uidOf(to) }));

/** Every message, those nobody has heard of too. */
export const everyUid: NumberSet = [{ from: 1, to: maxUid }];

/** @param key settled. @returns UIDs outside of which nothing can match, so that a search among a few messages looks at no others */
export function uidsThatMayMatch(key: SearchKey): NumberSet {
  if (key.key === 'UID') return key.set as NumberSet;
  if (key.key !== 'AND') return everyUid;
  return [...new Set(key.of.map(uidsThatMayMatch))].reduce(inBoth, everyUid);
}

/** How many keys a message is judged by. */
export function countKeys(key: SearchKey): number {
  if (key.key === 'NOT') return 1 + countKeys(key.of);
  return key.key === 'AND' || key.key === 'OR' ? key.of.reduce((sum, one) => sum + countKeys(one), 1) : 1;
}
