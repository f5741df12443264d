import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotItem, SlotKey } from '../../core/slots/slot-store.ts';
import type { Hold, Want } from '../../core/slots/slots.ts';
import { memorySlotStore } from './memory-slot-store.ts';
import { type Fate, isHold, SlotProcess } from './slot-process.ts';
import { VirtualClock } from './virtual-clock.ts';

/** mulberry32: small, seeded, good enough to choose. */
function chooser(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const wants: readonly Want[] = [
  { key: 'imap/sessions' as SlotKey, limit: 120, kind: 'total' },
  { key: 'imap/sessions-per-account/alice@example.org' as SlotKey, limit: 9, kind: 'shared' },
  { key: 'pop3/maildrop/alice@example.org' as SlotKey, limit: 1, kind: 'plain' },
];
const troubles: readonly Fate[] = ['lost-request', 'lost-reply', 'late-copy', 'lost-reply-and-late-copy', 'late-request'];

interface Session {
  readonly edge: SlotProcess;
  readonly want: Want;
  readonly hold: Hold;
}

/** One run: processes over one store, some of which are stopped, killed, cut off; calls get lost, repeated, late. */
class Run {
  readonly clock = new VirtualClock();
  readonly choose: (below: number) => number;
  readonly memory = memorySlotStore(() => this.clock.monotonic());
  edges: SlotProcess[] = [];
  sessions: Session[] = [];
  admitted = 0;
  #started = 0;
  #settling = false;

  constructor(seed: number) {
    this.choose = chooser(seed);
  }

  async start(): Promise<void> {
    this.#started += 1;
    const starting = SlotProcess.start({
      store: this.memory,
      clock: this.clock,
      name: `p${this.#started}`,
      fate: () => (!this.#settling && this.choose(12) === 0 ? (troubles[this.choose(troubles.length)] as Fate) : 'well'),
      delay: () => (this.choose(3) === 0 ? this.choose(400) : 0),
    });
    await this.clock.advance(2_000);
    this.edges.push(await starting);
  }

  async step(): Promise<void> {
    const edge = this.edges[this.choose(this.edges.length)] as SlotProcess;
    const what = this.choose(100);
    if (what < 55) this.#take(edge);
    else if (what < 85) this.#release();
    else if (what < 88) edge.stop();
    else if (what < 92) edge.resume();
    else if (what < 94) edge.cut = true;
    else if (what < 97) edge.cut = false;
    else if (what === 97) edge.kill();
    else if (what === 98) await this.start();
    await this.clock.advance(this.choose(8) === 0 ? this.choose(25_000) : this.choose(300));
    this.#endThoseToldTo();
    this.check();
  }

  /** Live is who could act now: in a process that runs and may act. Nothing of a killed process acts. */
  check(): void {
    for (const want of wants) {
      const live = this.sessions.filter((session) => session.want === want && session.edge.runs && session.edge.slots.mayAct()).length;
      assert.ok(live <= want.limit, `${live} live of ${want.limit} ${want.key}`);
      assertSum(this.memory.items.get(want.key), want.key);
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
    for (const want of wants) {
      const asked = Promise.all(Array.from({ length: want.limit }, () => last.take({ ...want, wait: 20_000 })));
      await this.clock.advance(25_000);
      const got = (await asked).filter(isHold).length;
      assert.ok(
        got >= (want.limit < 100 ? want.limit : Math.ceil(0.95 * want.limit)),
        `only ${got} of ${want.limit} ${want.key} came back`,
      );
    }
  }

  #take(edge: SlotProcess): void {
    const want = wants[this.choose(wants.length)] as Want;
    const many = want.kind === 'total' ? 1 + this.choose(40) : 1 + this.choose(3);
    for (let asked = 0; asked < many; asked++)
      void edge.take({ ...want, wait: this.choose(2) * 3_000 }).then((answer) => {
        if (!isHold(answer)) return;
        this.admitted += 1;
        this.sessions.push({ edge, want, hold: answer });
      });
  }

  #release(): void {
    const running = this.sessions.filter(({ edge }) => edge.runs);
    for (let many = this.choose(12); many > 0 && running.length > 0; many--) {
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
        const told = this.sessions.filter((session) => session.edge === edge && (key === 'all' || session.want.key === key));
        for (const session of key === 'all' ? told : told.slice(0, 1)) this.#end(session);
      }
    }
  }
}

function assertSum(item: SlotItem | undefined, key: string): void {
  if (item === undefined) return;
  let sum = 0;
  for (const { count } of item.entries.values()) {
    assert.ok(count >= 0, key);
    sum += count;
  }
  assert.equal(item.n, sum, `n of ${key} is the sum of its entries`);
}

async function play(seed: number, steps: number): Promise<number> {
  const run = new Run(seed);
  await run.start();
  await run.start();
  await run.start();
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

describe('whatever happens to processes, calls and replies', () => {
  it(`never more sessions live than the limit, n is the sum of the entries, and nothing leaks (${runs} seeded runs)`, async () => {
    let admitted = 0;
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) admitted += await play(seed, 40);
    assert.ok(admitted > runs * 20, `only ${admitted} were admitted: the runs prove nothing`);
  });
});
