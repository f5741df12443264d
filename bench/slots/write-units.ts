import type { SlotItem, SlotKey } from '../../core/slots/slot-store.ts';

/**
 * Units that DynamoDB charges for one write by its documented rule: the larger of the item before and after it in whole KB, one at least; a
 * write whose condition did not hold is charged by the item it met.
 */
export function writeUnits(key: SlotKey, before: SlotItem | undefined, after: SlotItem | undefined): number {
  return Math.max(1, ...[before, after].map((item) => (item === undefined ? 1 : Math.ceil(itemSize(key, item) / 1024))));
}

/** Attribute names are paid with each item; numbers take a byte per two digits and one more. */
function itemSize(key: SlotKey, { entries }: SlotItem): number {
  const frame = 'pk'.length + 'k/'.length + Buffer.byteLength(key) + 'n'.length + 4 + 'lim'.length + 4 + 'ttl'.length + 6;
  let size = frame;
  // A name of one letter and the holder's id, and a list (3, and 1 an element) of count and version.
  for (const [holder, { version }] of entries) size += 1 + Buffer.byteLength(holder) + 3 + 2 + 3 + version.length;
  return size;
}
