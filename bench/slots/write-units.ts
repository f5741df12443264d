import type { SlotItem, SlotKey } from '../../core/slots/slot-store.ts';
import type { Attributes } from '../../platform/aws/dynamodb/attributes.ts';
import { entryName, pkOfKey } from '../../platform/aws/dynamodb/slot-items.ts';
import { writeUnits as unitsOfWrite } from '../../platform/aws/dynamodb/write-units.ts';
import { slotTableShape as shape } from '../../platform/aws/table-shapes.ts';

/** Units that DynamoDB charges for one write of a slot key, from the items as they stand in our table. */
export const writeUnits = (key: SlotKey, before: SlotItem | undefined, after: SlotItem | undefined): number =>
  unitsOfWrite(before && attributes(key, before), after && attributes(key, after));

const someTime = '1795683555'; // seconds, as all are of the same length

function attributes(key: SlotKey, { n, limit, entries }: SlotItem): Attributes {
  const held = [...entries].map(([holder, { count, version }]) => [entryName(holder), { L: [{ N: String(count) }, { S: version }] }]);
  return {
    ...pkOfKey(key),
    [shape.count]: { N: String(n) },
    [shape.expiry]: { N: someTime },
    ...(limit === undefined ? {} : { [shape.limit]: { N: String(limit) } }),
    ...Object.fromEntries(held),
  };
}
