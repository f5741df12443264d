import { formatInOrder } from '../../core/values/number-set.ts';
import { formatPartialRange, itemsAt } from '../../core/values/partial-range.ts';
import type { Found } from './run-search.ts';
import type { SearchReturns } from './wire/command.ts';
import { formatString } from './wire/format-string.ts';

export interface Asked {
  readonly tag: string;
  readonly uid: boolean;
  /** The criteria name MODSEQ (RFC 7162 section 3.1.5). */
  readonly byModseq: boolean;
}

/** @param found in the order they are told in. @returns the ESEARCH response (RFC 4731 section 3.1), without its line end */
export function esearch({ tag, uid, byModseq }: Asked, returns: SearchReturns, found: readonly Found[]): string {
  const numbers = numbersOf(found, uid);
  const items = returns.items.flatMap((item) => {
    if (item === 'COUNT') return `COUNT ${found.length}`;
    if (found.length === 0) return [];
    return item === 'ALL' ? `ALL ${formatInOrder(numbers)}` : `${item} ${numbers.at(item === 'MIN' ? 0 : -1)}`;
  });
  const told = pickedBy(returns, found);
  if (byModseq && told.length > 0) items.push(`MODSEQ ${highestOf(told)}`);
  if (returns.partial !== undefined) {
    const some = itemsAt(numbers, returns.partial);
    items.push(`PARTIAL (${formatPartialRange(returns.partial)} ${some.length > 0 ? formatInOrder(some) : 'NIL'})`);
  }
  return [`* ESEARCH (TAG ${formatString(tag)})`, ...(uid ? ['UID'] : []), ...items].join(' ');
}

/** SAVE alone has no response (RFC 5182 section 2.2). */
export const tellsAnything = ({ items, partial }: SearchReturns): boolean => items.length > 0 || partial !== undefined;

/** @returns the response of those who know no other, `SEARCH` or `SORT`, without its line end */
export function plainAnswer(name: 'SEARCH' | 'SORT', { uid, byModseq }: Asked, found: readonly Found[]): string {
  const highest = byModseq && found.length > 0 ? ` (MODSEQ ${highestOf(found)})` : '';
  return `* ${[name, ...numbersOf(found, uid)].join(' ')}${highest}`;
}

/**
 * @returns those of the found messages that are told of, for MODSEQ (RFC 4731 section 3.2), and that `$` stands for (RFC 5182
 * section 2.4, RFC 9394 section 3.2)
 */
export function pickedBy({ items, partial }: SearchReturns, found: readonly Found[]): readonly Found[] {
  const isWhole = items.includes('ALL') || items.includes('COUNT');
  if (isWhole || (items.length === 0 && partial === undefined)) return found;
  const places = [items.includes('MIN') ? first : undefined, partial, items.includes('MAX') ? last : undefined];
  return [...new Set(places.flatMap((one) => (one === undefined ? [] : itemsAt(found, one))))];
}

const first = { from: 1, to: 1 };
const last = { from: -1, to: -1 };

const numbersOf = (found: readonly Found[], uid: boolean): readonly number[] => found.map((one) => (uid ? one.uid : one.msn));

const highestOf = (found: readonly Found[]): bigint => found.reduce((highest, { modseq }) => (modseq > highest ? modseq : highest), 0n);
