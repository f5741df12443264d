import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSlots } from '../../core/slots/open-slots.ts';
import { OutcomeUnknown, type SlotKey } from '../../core/slots/slot-store.ts';
import type { Hold, Slots, Want } from '../../core/slots/slots.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { isHold } from '../slots/slot-process.ts';
import { type Fate, FaultyRoad } from './faulty-road.ts';
import { endpoint, type MadeTable, makeSlotTable, noEndpoint } from './slot-tables.ts';

const timings = {
  renewEvery: 1_000,
  lease: 4_000,
  fenceAfter: 3_000,
  retryEvery: 100,
  rememberFull: 50,
  lingerLeast: 100,
  lingerMost: 300,
};
const wants: readonly Want[] = [
  { key: 'imap/sessions' as SlotKey, limit: 12, kind: 'total' },
  { key: 'imap/sessions-per-account/alice@example.org' as SlotKey, limit: 9, kind: 'shared' },
  { key: 'pop3/maildrop/alice@example.org' as SlotKey, limit: 1, kind: 'plain' },
];
const troubles: readonly Fate[] = [
  'throttled',
  'throttled-account',
  'failed',
  'failed-gateway',
  'lost',
  'unanswered',
  'late',
  'twice',
  'twice-late',
  'broken',
  'broken-after',
];

/** A process as far as slots are concerned. It ends sessions that it is told to end. */
class Edge {
  readonly slots: Slots;
  readonly holds = new Map<SlotKey, Set<Hold>>(wants.map(({ key }) => [key, new Set<Hold>()]));
  readonly #close: () => Promise<void>;

  static async start(table: string, at: string): Promise<Edge> {
    const store = openDynamoSlotStore({ table, clock: systemClock, endpoint: at });
    const slots = await openSlots({
      store,
      clock: systemClock,
      newId: systemNewId(),
      policy: () => 'closed',
      log: {
        event: () => {},
        failure: (name, error) => assert.ok(error instanceof OutcomeUnknown, `${name}: ${String(error)}`),
      },
      timings,
    });
    return new Edge(slots, () => store.close());
  }

  private constructor(slots: Slots, close: () => Promise<void>) {
    this.slots = slots;
    this.#close = close;
    slots.onMustClose((keys) => {
      for (const key of keys === 'all' ? wants.flatMap(({ key }) => [...this.of(key)].map(() => key)) : keys) this.release(key);
    });
  }

  of(key: SlotKey): Set<Hold> {
    const held = this.holds.get(key);
    assert.ok(held !== undefined);
    return held;
  }

  release(key: SlotKey): void {
    const [first] = this.of(key);
    if (first === undefined) return;
    this.of(key).delete(first);
    first.release();
  }

  async close(): Promise<void> {
    await this.slots.close();
    await this.#close();
  }
}

describe('slots over DynamoDB on a road full of trouble', { skip: noEndpoint, timeout: 120_000 }, () => {
  let road: FaultyRoad;
  let table: MadeTable;
  let edges: Edge[] = [];
  before(async () => {
    road = await FaultyRoad.open(endpoint ?? '');
  });
  after(() => road.close());
  beforeEach(async () => {
    table = await makeSlotTable();
  });
  afterEach(async () => {
    road.fate = () => 'well';
    await Promise.all(edges.splice(0).map((edge) => edge.close()));
    await table.remove();
  });

  const live = ({ key }: Want): number => edges.reduce((sum, edge) => sum + (edge.slots.mayAct() ? edge.of(key).size : 0), 0);
  const checkLimits = (): void => {
    for (const want of wants) assert.ok(live(want) <= want.limit, `${want.key}: ${live(want)} of ${want.limit}`);
  };

  /** Sessions that come and go on all keys for some time. @returns how many were let in */
  async function traffic(edge: Edge, want: Want, until: number): Promise<number> {
    let admitted = 0;
    while (performance.now() < until) {
      const answer = await edge.slots.take(want);
      if (isHold(answer)) {
        edge.of(want.key).add(answer);
        admitted += 1;
      }
      checkLimits();
      if (!isHold(answer) || Math.random() < 0.5) {
        await sleep(10 + 40 * Math.random());
        edge.release(want.key);
      }
    }
    return admitted;
  }

  it('never go over a limit, add up, and all come back', async () => {
    edges = await Promise.all(Array.from({ length: 3 }, () => Edge.start(table.name, road.url)));
    road.fate = () => (Math.random() < 0.15 ? (troubles[Math.floor(Math.random() * troubles.length)] as Fate) : 'well');
    const until = performance.now() + 8_000;
    const admitted = await Promise.all(edges.flatMap((edge) => wants.map((want) => traffic(edge, want, until))));
    assert.ok(
      wants.every((_, w) => admitted.some((many, i) => i % wants.length === w && many > 0)),
      `admitted ${admitted.join(' ')}`,
    );
    road.fate = () => 'well';
    const sure = openDynamoSlotStore({ table: table.name, clock: systemClock });
    for (const want of wants) {
      const item = await sure.read(want.key);
      const sum = [...(item?.entries.values() ?? [])].reduce((total, entry) => total + entry.count, 0);
      assert.equal(item?.n, sum, want.key);
    }
    await Promise.all(edges.splice(0).map((edge) => edge.close()));
    const next = await Edge.start(table.name, endpoint ?? '');
    edges.push(next);
    for (const want of wants) {
      const answers = await Promise.all(Array.from({ length: want.limit }, () => next.slots.take({ ...want, wait: 10_000 })));
      assert.equal(answers.filter(isHold).length, want.limit, want.key);
      assert.ok(!isHold(await next.slots.take(want)), want.key);
    }
    await sure.close();
  });

  it('apply each move once, whatever is lost, late or sent twice: one session that comes and goes leaves nothing behind', async () => {
    const edge = await Edge.start(table.name, road.url);
    edges.push(edge);
    const lock = wants[2] as Want;
    let asked = 0;
    const often = 2 * troubles.length * 3; // each trouble twice
    road.fate = () => {
      asked += 1;
      return asked % 3 === 0 ? (troubles[(asked / 3) % troubles.length] as Fate) : 'well';
    };
    // How many requests a session takes is up to chance and to the machine; the troubles to be met are not.
    for (let admitted = 0; admitted < 20 || asked <= often; ) {
      const answer = await edge.slots.take({ ...lock, wait: 10_000 });
      if (isHold(answer)) {
        answer.release();
        admitted += 1;
      }
      await sleep(20); // or the next session would take over the slot before it is given back
    }
    road.fate = () => 'well';
    let held = await edge.slots.take({ ...lock, wait: 10_000 });
    while (!isHold(held)) held = await edge.slots.take({ ...lock, wait: 10_000 });
    const sure = openDynamoSlotStore({ table: table.name, clock: systemClock });
    await sleep(2_000); // what is late has come
    assert.equal((await sure.read(lock.key))?.n, 1);
    held.release();
    await sure.close();
  });
});
