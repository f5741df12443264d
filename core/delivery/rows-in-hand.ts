import type { HolderId, SpoolRowId } from '../values/ids.ts';
import type { OutboundSpool } from './spool.ts';

const inHand = new WeakMap<OutboundSpool, Set<string>>();

/**
 * Marks a claimed row as being served here. Sessions of one process claim in one name, so that the spool can't tell them apart: one that stood
 * still until its claim was over (a machine that slept, a clock that was set) may find its row claimed by the session beside it.
 * @returns false when another session has it, to whom the claim belongs; else to be called once when it is no longer served
 */
export function takeInHand(row: SpoolRowId, holder: HolderId, spool: OutboundSpool): (() => void) | false {
  const served = inHand.get(spool) ?? new Set();
  inHand.set(spool, served);
  const key = `${holder} ${row}`;
  if (served.has(key)) return false;
  served.add(key);
  return () => void served.delete(key);
}
