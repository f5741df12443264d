import type { NextHop, SpoolRow } from '../../core/delivery/spool.ts';
import { readableSpan } from '../readable.ts';

export type State = 'held' | 'being delivered' | 'due' | 'waiting';

export function stateOf(row: SpoolRow, now: number): State {
  if (row.held) return 'held';
  if (row.claimedUntil !== undefined && row.claimedUntil > now) return 'being delivered';
  return row.nextAttemptAt <= now ? 'due' : 'waiting';
}

export const stateText = (row: SpoolRow, now: number): string =>
  stateOf(row, now) === 'waiting' ? `next in ${readableSpan(row.nextAttemptAt - now)}` : stateOf(row, now);

/** @param text `local` or a domain */
export const hopOf = (text: string): NextHop => (text === 'local' ? { kind: 'local' } : { kind: 'domain', domain: text.toLowerCase() });
export const hopText = (hop: NextHop): string => (hop.kind === 'local' ? 'local' : hop.domain);
export const fromText = ({ reversePath }: SpoolRow): string => reversePath || '<>';
