import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotItem, SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import type { Hold, Want } from '../../core/slots/slots.ts';
import { freeOf, partKey, shareOf, sharesIn, usedOf } from '../../core/slots/split/part-layout.ts';
import { splitSlotStore } from '../../core/slots/split/split-slot-store.ts';
import { seededBelow } from '../harness/seeded.ts';
import { memorySlotStore } from './memory-slot-store.ts';
import { type Fate, isHold, SlotProcess } from './slot-process.ts';
import { VirtualClock } from './virtual-clock.ts';

interface Kind {
  readonly key: SlotKey;
  readonly kind: Want['kind'];
  readonly limits: readonly number[];
}

const kinds: readonly Kind[] = [
  { key: 'imap/sessions' as SlotKey, kind: 'total', limits: [120, 70, 300] },
  { key: 'imap/sessions-per-address/203.0.113.0/24' as SlotKey, kind: 'shared', limits: [70] },
  { key: 'collect/source' as SlotKey, kind: 'plain', limits: [64] },
];
const troubles: readonly Fate[] = ['lost-request', 'lost-reply', 'late-copy', 'lost-reply-and-late-copy', 'late-request'];

/** Writes a share over whatever stands there, as if its version were not compared. */
const withoutVersionsOfShares = (store: SlotStore): SlotStore => ({
  ...store,
  change: async (move) => {
    const keepsBooks = move.holder === 'WITHHELD' || move.holder.startsWith('PART');
    return store.change(keepsBooks ? { ...move, from: (await store.read(move.key))?.entries.get(move.holder) } : move);
  },
});

interface Session {
  readonly edge: SlotProcess;
  readonly kind: Kind;
  readonly hold: Hold;
}

/** One run: processes over one store, split by each of them, some of which are killed, stopped, cut off; calls get lost, repeated, late. */
class Run {
  readonly clock = new VirtualClock();
  readonly choose: (below: number) => number;
  readonly memory = memorySlotStore(() => this.clock.monotonic());
  edges: SlotProcess[] = [];
  sessions: Session[] = [];
  admitted = 0;
  /** The highest limit of the total so far: those who were admitted under it may go on. */
  #highest = 0;
  #limit = 120;
  readonly #passed = new Map<SlotProcess, number>();
  #started = 0;
  #settling = false;

  readonly #under: (store: SlotStore) => SlotStore;

  /** @param under what stands between the splitting and the store */
  constructor(seed: number, under: (store: SlotStore) => SlotStore) {
    this.choose = seededBelow(seed);
    this.#under = under;
  }

  async start(): Promise<void> {
    this.#started += 1;
    const starting = SlotProcess.start({
      store: this.#noting(this.memory),
      clock: this.clock,
      name: `p${this.#started}`,
      above: (store) => splitSlotStore(this.#under(store), this.clock, { mostDirect: 2 }),
      fate: () => (!this.#settling && this.choose(14) === 0 ? (troubles[this.choose(troubles.length)] as Fate) : 'well'),
      delay: () => (this.choose(3) === 0 ? 0 : this.choose(300)),
    });
    await this.clock.advance(2_000);
    this.edges.push(await starting);
  }

  async step(): Promise<void> {
    const edge = this.edges[this.choose(this.edges.length)] as SlotProcess;
    const what = this.choose(100);
    if (what < 55) this.#take(edge);
    else if (what < 82) this.#release();
    else if (what < 84) edge.stop();
    else if (what < 88) edge.resume();
    else if (what < 90) edge.cut = true;
    else if (what < 94) edge.cut = false;
    else if (what < 96) edge.kill();
    else if (what < 98) await this.start();
    else this.#limit = kinds[0]?.limits[this.choose(3)] ?? 0;
    await this.clock.advance(this.choose(8) === 0 ? this.choose(25_000) : this.choose(300));
    this.#endThoseToldTo();
    this.check();
  }

  check(): void {
    for (const kind of kinds) {
      const most = this.#most(kind);
      const live = this.sessions.filter((session) => session.kind === kind && session.edge.runs && session.edge.slots.mayAct()).length;
      assert.ok(live <= most, `${live} live of ${most} ${kind.key}`);
      this.#checkBooks(kind, most);
    }
  }

  /** Troubles end, sessions end, and the dead are past their leases: nothing may have leaked. */
  async settle(): Promise<void> {
    this.#settling = true;
    for (const edge of this.edges) {
      edge.cut = false;
      edge.resume();
    }
    await this.clock.advance(50_000);
    this.#endThoseToldTo();
    for (const { edge, hold } of this.sessions) if (edge.runs) hold.release();
    this.sessions = [];
    await this.clock.advance(50_000);
    await this.start();
    const last = this.edges.at(-1) as SlotProcess;
    for (const kind of kinds) {
      const limit = kind.kind === 'total' ? this.#limit : (kind.limits[0] ?? 0);
      const asked = Promise.all(
        Array.from({ length: limit + 1 }, () => last.take({ key: kind.key, kind: kind.kind, limit, wait: 58_000 })),
      );
      await this.clock.advance(60_000);
      assert.equal((await asked).filter(isHold).length, limit, `all of ${kind.key} came back, and not one more`);
      this.check();
    }
  }

  #take(edge: SlotProcess): void {
    const kind = kinds[this.choose(kinds.length)] as Kind;
    // A process hears of a new limit some time after it was set.
    if (this.choose(3) === 0 || !this.#passed.has(edge)) this.#passed.set(edge, this.#limit);
    const limit = kind.kind === 'total' ? (this.#passed.get(edge) ?? this.#limit) : (kind.limits[0] ?? 0);
    for (let asked = 1 + this.choose(40); asked > 0; asked--)
      void edge.take({ key: kind.key, kind: kind.kind, limit, wait: this.choose(2) * 3_000 }).then((answer) => {
        if (!isHold(answer)) return;
        this.admitted += 1;
        this.sessions.push({ edge, kind, hold: answer });
      });
  }

  #release(): void {
    const running = this.sessions.filter(({ edge }) => edge.runs);
    for (let many = this.choose(60); many > 0 && running.length > 0; many--) {
      const [ending] = running.splice(this.choose(running.length), 1);
      this.#end(ending as Session);
    }
  }

  #end(session: Session): void {
    this.sessions.splice(this.sessions.indexOf(session), 1);
    session.hold.release();
  }

  #endThoseToldTo(): void {
    for (const edge of this.edges) {
      if (!edge.runs) continue;
      for (const key of edge.mustClose.splice(0)) {
        const told = this.sessions.filter((session) => session.edge === edge && (key === 'all' || session.kind.key === key));
        for (const session of key === 'all' ? told : told.slice(0, 1)) this.#end(session);
      }
    }
  }

  /** Limits come and go between two looks at the books. */
  #noting(store: SlotStore): SlotStore {
    return {
      ...store,
      change: async (move) => {
        const answer = await store.change(move);
        this.#highest = Math.max(this.#highest, answer.item.limit ?? 0);
        return answer;
      },
    };
  }

  #most(kind: Kind): number {
    if (kind.kind !== 'total') return kind.limits[0] ?? 0;
    return this.#highest;
  }

  #checkBooks(kind: Kind, most: number): void {
    const root = this.memory.items.get(kind.key);
    if (root === undefined) return;
    assertSum(root, kind.key);
    assert.ok(root.n <= most, `${root.n} given out of ${most} ${kind.key}`);
    for (const [part, share] of sharesIn(root)) {
      const item = this.memory.items.get(partKey(kind.key, part));
      if (item === undefined) continue;
      assertSum(item, `part ${part} of ${kind.key}`);
      assert.ok(shareOf(item) <= share, `part ${part} of ${kind.key} has ${shareOf(item)}, the root gave ${share}`);
      assert.ok(freeOf(item) >= 0 && usedOf(item) >= 0, `part ${part} of ${kind.key} gave out more than its share`);
    }
  }
}

function assertSum(item: SlotItem, key: string): void {
  let sum = 0;
  for (const { count } of item.entries.values()) {
    assert.ok(count >= 0, key);
    sum += count;
  }
  assert.equal(item.n, sum, `n of ${key} is the sum of its entries`);
}

async function play(seed: number, steps: number, under: (store: SlotStore) => SlotStore = (store) => store): Promise<number> {
  const run = new Run(seed, under);
  for (let edges = 0; edges < 7; edges++) await run.start();
  try {
    for (let step = 0; step < steps; step++) await run.step();
    await run.settle();
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
  return run.admitted;
}

const runs = Number(process.env.SLOT_RUNS ?? 100);
const firstSeed = Number(process.env.SLOT_SEED ?? 1);

describe('keys split into parts, whatever happens to processes, calls and replies', () => {
  it(`never more live than the limit, parts within their shares, shares within the root, and nothing leaks (${runs} seeded runs)`, async () => {
    let admitted = 0;
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) admitted += await play(seed, 40);
    assert.ok(admitted > runs * 100, `only ${admitted} were admitted: the runs prove nothing`);
  });

  it('which the runs would not show if shares were written without a look at their versions', async () => {
    const all = async (): Promise<void> => {
      for (let seed = 1; seed <= 100; seed++) await play(seed, 40, withoutVersionsOfShares);
    };
    await assert.rejects(all, /seed/);
  });
});
