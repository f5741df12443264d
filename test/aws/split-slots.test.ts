import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Slots, Want } from '../../core/slots/slots.ts';
import { splitSlotStore } from '../../core/slots/split/split-slot-store.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { isHold } from '../slots/slot-process.ts';
import { type MadeTable, makeSlotTable, noEndpoint } from './slot-tables.ts';

const wants: readonly Want[] = [
  { key: 'imap/sessions' as SlotKey, limit: 90, kind: 'total', wait: 4_000 },
  { key: 'imap/sessions-per-address/203.0.113.0/24' as SlotKey, limit: 64, kind: 'shared', wait: 4_000 },
];

describe('a key that is split, on DynamoDB', { skip: noEndpoint }, () => {
  let table: MadeTable;
  const stores: ReturnType<typeof openDynamoSlotStore>[] = [];
  const edges: Slots[] = [];

  before(async () => {
    table = await makeSlotTable();
    for (let edge = 0; edge < 4; edge++) {
      const store = openDynamoSlotStore({ table: table.name, clock: systemClock });
      stores.push(store);
      edges.push(
        await openSlots({
          store: splitSlotStore(store, systemClock, { mostDirect: 1 }),
          clock: systemClock,
          newId: systemNewId(),
          policy: () => 'closed',
          log: { event: () => {}, failure: (name, error) => assert.fail(`${name}: ${String(error)}`) },
          timings: { lingerLeast: 100, lingerMost: 300, rememberFull: 100 },
        }),
      );
    }
  });
  after(async () => {
    for (const edge of edges) await edge.close();
    for (const store of stores) await store.close();
    await table.remove();
  });

  for (const want of wants)
    it(`lets in exactly the limit, twice, however many ask at once: ${want.key}`, async () => {
      for (let round = 0; round < 2; round++) {
        const answers = await Promise.all(edges.flatMap((edge) => Array.from({ length: want.limit / 2 }, () => edge.take(want))));
        const holds = answers.filter(isHold);
        assert.equal(holds.length, want.limit);
        assert.ok((await stores[0]?.list('part/', 10))?.length, 'it stands in parts');
        for (const hold of holds) hold.release();
      }
    });
});
