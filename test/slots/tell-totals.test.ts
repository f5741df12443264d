import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Meter } from '../../core/observe/meter.ts';
import { collectKey, outboundKey } from '../../core/slots/slot-key.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import { isPartKey, usedOf } from '../../core/slots/split/part-layout.ts';
import { splitSlotStore } from '../../core/slots/split/split-slot-store.ts';
import { tellTotals } from '../../core/slots/tell-totals.ts';
import type { SlotProcess } from './slot-process.ts';
import { hold, world } from './slot-world.ts';

function watchedWorld() {
  const { clock, store, start } = world();
  const meter = new Meter();
  const processes: SlotProcess[] = [];
  // As dispatch-due is: a process that never held anything.
  const onlooker = splitSlotStore(store, clock);
  return {
    store,
    processes,
    session: async (key: SlotKey, limit: number) => {
      const process = await start({ above: (under) => splitSlotStore(under, clock) });
      processes.push(process);
      const held = hold(process, { key, limit, kind: 'total' });
      await clock.advance(100);
      return await held;
    },
    told: async (): Promise<ReadonlySet<string>> => {
      await tellTotals(onlooker, meter);
      const lines = meter.lines(0).map((line) => JSON.parse(line));
      return new Set(
        lines.map(({ limit, SlotsUsed, SlotsLimit }) => `${limit} ${SlotsUsed === undefined ? `of ${SlotsLimit}` : SlotsUsed}`),
      );
    },
  };
}

describe('totals that invocations alone hold', () => {
  it('are told by one that holds nothing of them, with the limit in force', async () => {
    const { session, told } = watchedWorld();
    for (let sessions = 0; sessions < 3; sessions++) await session(outboundKey(), 20);
    await session(collectKey(), 5);
    assert.deepEqual(
      await told(),
      new Set(['outbound/sessions 3', 'outbound/sessions of 20', 'collect/sessions 1', 'collect/sessions of 5']),
    );
  });

  it('are what invocations hold in all parts of a key, and not what the parts may give out', async () => {
    const { store, session, told } = watchedWorld();
    for (let sessions = 0; sessions < 30; sessions++) await session(outboundKey(), 400);
    const parts = [...store.items].filter(([key]) => isPartKey(key)).map(([, part]) => part);
    const used = parts.reduce((sum, part) => sum + usedOf(part), 0);
    assert.ok(parts.length > 1 && used >= 30);
    assert.ok((store.items.get(outboundKey())?.n ?? 0) > used);
    assert.deepEqual(await told(), new Set([`outbound/sessions ${used}`, 'outbound/sessions of 400']));
  });

  it('are told without a limit while there is none', async () => {
    const { session, told } = watchedWorld();
    await session(collectKey(), 0);
    assert.match([...(await told())].join(), /^collect\/sessions \d+$/);
  });

  it('are told as 0 once when the last invocation is over, and then not at all', async () => {
    const { processes, session, told } = watchedWorld();
    await session(outboundKey(), 20);
    await told();
    for (const process of processes) await process.slots.close();
    assert.ok((await told()).has('outbound/sessions 0'));
    assert.deepEqual(await told(), new Set(['outbound/sessions of 20']));
  });
});
