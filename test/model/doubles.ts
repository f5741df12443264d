import type { OpId, SlotAnswer, SlotEntry, SlotItem, SlotKey, SlotMove, SlotStore } from '../../core/slots/slot-store.ts';
import { OutcomeUnknown } from '../../core/slots/slot-store.ts';
import type { Slots } from '../../core/slots/slots.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { Double } from './double.ts';

/** Worlds around the real slots in which a rule is left out: what stands between core and the network, or between sessions and core. */

type Wrap = NonNullable<Double['port']>;

const nobody: SlotItem = { n: 0, entries: new Map() };

/** Shows the process another entry of its own than the one that stands. */
function shown(item: SlotItem, holder: HolderId, entry: SlotEntry | undefined): SlotItem {
  const entries = new Map(item.entries);
  if (entry === undefined) entries.delete(holder);
  else entries.set(holder, entry);
  return { ...item, entries };
}

/** Changes what a process learns from a move that did not apply. */
export const blindTo =
  (hides: (mine: SlotEntry, move: SlotMove) => boolean): Wrap =>
  (port) => ({
    ...port,
    change: async (move) => {
      const answer = await port.change(move);
      const mine = answer.item.entries.get(move.holder);
      if (answer.changed || mine === undefined || !hides(mine, move)) return answer;
      return { changed: false, item: shown(answer.item, move.holder, move.from) };
    },
  });

/** The number after the one that is known to stand, whatever was tried with it before. */
export function reusesNumbers(port: SlotStore): SlotStore {
  const numbers = new Map<string, number>();
  const meant = new Map<string, OpId>();
  const name = ({ key, holder }: SlotMove, what: string | number): string => `${key} ${holder} ${what}`;
  const translated = (move: SlotMove, item: SlotItem): SlotItem => {
    const mine = item.entries.get(move.holder);
    return mine === undefined ? item : shown(item, move.holder, { ...mine, version: meant.get(name(move, mine.version)) ?? mine.version });
  };
  return {
    ...port,
    read: async (key) => {
      const item = await port.read(key);
      if (item === undefined) return undefined;
      const entries = new Map<HolderId, SlotEntry>();
      for (const [holder, entry] of item.entries)
        entries.set(holder, { ...entry, version: meant.get(`${key} ${holder} ${entry.version}`) ?? entry.version });
      return { ...item, entries };
    },
    change: async (move) => {
      const known = move.from === undefined ? 0 : (numbers.get(name(move, move.from.version)) ?? 0);
      const number = String(known + 1).padStart(9, '0') as OpId;
      numbers.set(name(move, move.to.version), known + 1);
      meant.set(name(move, number), move.to.version);
      const from = move.from && { ...move.from, version: String(known).padStart(9, '0') as OpId };
      const answer = await port.change({ ...move, from, to: { ...move.to, version: number } });
      return { ...answer, item: translated(move, answer.item) };
    },
  };
}

/** Says that a bump has applied, and sends none. */
export const swallowsBumps: Wrap = (port) => ({
  ...port,
  change: async (move) => {
    const isBump = move.to.count === (move.from?.count ?? 0) && !move.setLimit && !(move.total && move.from === undefined);
    if (!isBump) return port.change(move);
    const item = (await port.read(move.key)) ?? nobody;
    return { changed: true, item: shown(item, move.holder, move.to) };
  },
});

export const hidesRepetition: Wrap = (port) => ({
  ...port,
  change: async (move) => {
    const { changed, item } = await port.change(move);
    return { changed, item };
  },
});

/** Each slot is asked for with a write of its own. */
export const gathersNobody: Wrap = (port) => ({
  ...port,
  change: async (move) => {
    let { from } = move;
    for (let count = (from?.count ?? 0) + 1; count < move.to.count; count++) {
      const to = { count, version: `${move.from?.version ?? ''}+${count}` as OpId };
      const answer = await port.change({ ...move, from, to });
      if (!answer.changed) return { changed: false, item: shown(answer.item, move.holder, from ?? move.from) };
      from = to;
    }
    return port.change({ ...move, from });
  },
});

/** Admits by what the table was last seen to hold, and tells the table afterwards. */
export function admitsFromMemory(port: SlotStore): SlotStore {
  const seen = new Map<SlotKey, SlotItem>();
  return {
    ...port,
    change: async (move) => {
      const item = seen.get(move.key);
      const more = move.to.count - (move.from?.count ?? 0);
      if (item !== undefined && more > 0 && (move.limit === 0 || item.n + more <= move.limit)) {
        void port.change(move).catch(ignoreUnknown);
        const after = { ...shown(item, move.holder, move.to), n: item.n + more };
        seen.set(move.key, after);
        return { changed: true, item: after };
      }
      const answer = await port.change(move);
      seen.set(move.key, answer.item);
      return answer;
    },
  };
}

/** Takes one slot less than it says, whenever more than one is asked for. */
export const takesLess: Wrap = (port) => ({
  ...port,
  change: async (move): Promise<SlotAnswer> => {
    const more = move.to.count - (move.from?.count ?? 0);
    if (!move.total || more < 2) return port.change(move);
    const answer = await port.change({ ...move, to: { ...move.to, count: move.to.count - 1 } });
    return answer.changed ? { changed: true, item: shown(answer.item, move.holder, move.to) } : answer;
  },
});

/** The row of a holder comes when its first slots may long be taken. */
export const registersLate: Wrap = (port, { timeline }) => {
  const rows = new Map<HolderId, number>();
  return {
    ...port,
    register: async (holder, lease) => {
      const now = port.leaseTime();
      rows.set(holder, now + 20_000);
      timeline.after(20_000, () => void port.register(holder, lease).catch(ignoreUnknown));
      return { leaseUntil: now + lease, storeNow: now, ask: [] };
    },
    renew: async (holder, lease) => {
      const now = port.leaseTime();
      return now < (rows.get(holder) ?? 0) ? { leaseUntil: now + lease, storeNow: now, ask: [] } : port.renew(holder, lease);
    },
  };
};

/** Two writers of one process, each with its own idea of what the entry is. */
export async function twins(open: () => Promise<Slots>): Promise<Slots> {
  const [one, other] = [await open(), await open()];
  let turn = 0;
  return {
    ...one,
    get holder() {
      return one.holder;
    },
    take: (want) => {
      turn += 1;
      return (turn % 2 === 0 ? one : other).take(want);
    },
    mayAct: () => one.mayAct() && other.mayAct(),
    giveBackSpare: (key) => one.giveBackSpare(key),
    close: async () => {
      await one.close();
      await other.close();
    },
  };
}

function ignoreUnknown(error: unknown): void {
  if (!(error instanceof OutcomeUnknown)) throw error;
}

/** Whoever comes last is served first: the double hands each answer to the youngest who waits. */
export function lastComeFirst(): NonNullable<Double['take']> {
  const lines = new Map<string, ((answer: Awaited<ReturnType<Slots['take']>>) => void)[]>();
  return (slots, want) => {
    const line = lines.get(`${slots.holder} ${want.key}`) ?? [];
    lines.set(`${slots.holder} ${want.key}`, line);
    return new Promise((resolve) => {
      line.push(resolve);
      void slots.take(want).then((answer) => line.pop()?.(answer));
    });
  };
}

/** Gives a slot back behind the back of a process, which thinks that it lingers. */
export const dropsSpare: NonNullable<Double['released']> = ({ store, timeline }, key, process) => {
  const { holder } = process;
  const before = holder && store.items.get(key)?.entries.get(holder)?.version;
  timeline.after(300, () => {
    const now = holder && store.items.get(key)?.entries.get(holder);
    if (now !== undefined && now.version === before && now.count > process.live(key)) store.drop(key, holder);
  });
};

export function staysAlive(port: SlotStore): SlotStore {
  return { ...port, declareDead: async (holder, self) => (self ? true : port.declareDead(holder, self)) };
}

/** The limit in force stands nowhere. */
export function hidesLimit(port: SlotStore): SlotStore {
  const without = ({ n, entries }: SlotItem): SlotItem => ({ n, entries });
  return {
    ...port,
    read: async (key) => {
      const item = await port.read(key);
      return item && without(item);
    },
    change: async (move) => {
      const answer = await port.change(move);
      return { ...answer, item: without(answer.item) };
    },
  };
}
