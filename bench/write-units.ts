import { fixedSettings } from '../core/settings/fixed-settings.ts';
import { type Protocol, protocols } from '../core/values/protocol.ts';
import { seeded } from '../test/harness/seeded.ts';
import { CountedStore } from './slots/counted-store.ts';
import { clientNamed, SimulatedProcess } from './slots/simulated-process.ts';
import { SimulatedTime } from './slots/simulated-time.ts';

const minute = 60_000; // ms
const roundTrip = 5; // ms

/** Writes of counters without lease, chunk or linger: one to take and one to give back each key. */
const naive: Readonly<Record<Protocol, number>> = { smtp: 4, msa: 6, imap: 6, pop3: 8 };
const aims: Readonly<Record<Protocol, string>> = { smtp: '≤ 2', msa: '≤ 4', imap: '≤ 4', pop3: '≤ 4 + 2' };

/** DynamoDB write units that a session costs, from the real core/slots over a store that counts. Time is simulated: load and machine do not matter. */
export async function benchWriteUnits(): Promise<void> {
  console.log(`write units per session; a naive counter writes twice per key: total, address, account, and the maildrop lock of POP3`);
  for (const protocol of protocols) await lowLoad(protocol);
  for (const processes of [1, 8]) for (const protocol of protocols) await highLoad(protocol, processes, 10_000);
  for (const processes of [2, 8, 16]) await highLoad('smtp', processes, 1_000);
  for (const [name, habits] of Object.entries(days)) await commands(name, habits);
}

interface Bench {
  readonly time: SimulatedTime;
  readonly store: CountedStore;
  readonly processes: readonly SimulatedProcess[];
}

async function start(count: number, settings: Readonly<Record<string, number>> = {}): Promise<Bench> {
  const time = new SimulatedTime();
  const store = new CountedStore(time);
  const processes: SimulatedProcess[] = [];
  for (let i = 0; i < count; i += 1)
    processes.push(await SimulatedProcess.start(`process-${i}`, store.from(roundTrip), fixedSettings(settings), time));
  return { time, store, processes };
}

/** One session at a time, each of another address and account. */
async function lowLoad(protocol: Protocol): Promise<void> {
  const { time, store, processes } = await start(1);
  const [process] = processes as [SimulatedProcess];
  const sessions = 500;
  const one = async (i: number): Promise<void> => {
    const session = process.session(protocol, clientNamed(i));
    await time.run(5_000);
    (await session)?.over();
    await time.run(15_000);
  };
  await one(0); // the first session announces the limit and fills the store of spare slots
  store.take();
  for (let i = 1; i <= sessions; i += 1) await one(i);
  print(`${protocol}, one session at a time`, protocol, sessions, store.take(), `aim ${aims[protocol]}`);
}

/** A hundred sessions a second and process, arriving by chance, each of another address and account; half of the total in use. */
async function highLoad(protocol: Protocol, processes: number, limit: number): Promise<void> {
  const rate = 100;
  const lasts = (limit / 2 / (rate * processes)) * 1000;
  const bench = await start(processes, { [`${protocol}/sessions`]: limit });
  const random = seeded(processes);
  const begun = { count: 0 };
  for (const process of bench.processes) arrive(bench.time, process, protocol, { every: 1000 / rate, lasts, random, begun });
  await bench.time.run(Math.max(2 * lasts, 20_000)); // until as many leave as come
  bench.store.take();
  begun.count = 0;
  await bench.time.run(20_000);
  const what = `${protocol}, 100 sessions/s in each of ${processes}, total ${limit}, half of it used`;
  const refused = bench.processes.reduce((sum, process) => sum + process.refused, 0);
  print(what, protocol, begun.count, bench.store.take(), `aim total ≤ 0.2; ${refused} refused`);
}

interface Arrivals {
  /** ms from one to the next, in the mean. */
  readonly every: number;
  /** ms, in the mean. */
  readonly lasts: number;
  readonly random: () => number;
  readonly begun: { count: number };
}

function arrive(time: SimulatedTime, process: SimulatedProcess, protocol: Protocol, arrivals: Arrivals): void {
  const { every, lasts, random, begun } = arrivals;
  const next = (): void => {
    begun.count += 1;
    void process.session(protocol, clientNamed(Math.floor(random() * 2 ** 24))).then((session) => {
      if (session !== undefined) time.after(byChance(lasts, random), session.over);
    });
    time.after(byChance(every, random), next);
  };
  time.after(byChance(every, random), next);
}

/** What one account's programs do, each in its own session. */
interface Habits {
  readonly sessions: number;
  /** Minutes that a session lasts. */
  readonly lasts: number;
  /** Of each session: at its start, and then every so many minutes. */
  readonly atStart: { readonly fetches: number; readonly searches: number };
  readonly later: { readonly every: number; readonly fetches: number; readonly searches: number };
}

const days: Readonly<Record<string, Habits>> = {
  'a desktop and a phone in IDLE for 8 hours, new mail each 10 minutes': {
    sessions: 2,
    lasts: 480,
    atStart: { fetches: 6, searches: 1 },
    later: { every: 10, fetches: 2, searches: 1 },
  },
  'five programs of one account for 8 hours, each in a process of its own, new mail each 10 minutes': {
    sessions: 5,
    lasts: 480,
    atStart: { fetches: 6, searches: 1 },
    later: { every: 10, fetches: 2, searches: 1 },
  },
  'webmail for 15 minutes, a message each minute, one search': {
    sessions: 1,
    lasts: 15,
    atStart: { fetches: 3, searches: 1 },
    later: { every: 1, fetches: 2, searches: 0 },
  },
  'a phone that looks every 15 minutes for 8 hours and is gone between': {
    sessions: 32,
    lasts: 1,
    atStart: { fetches: 3, searches: 1 },
    later: { every: 15, fetches: 0, searches: 0 },
  },
};

/** FETCH and SEARCH of 50 accounts over 4 processes; whoever has several sessions at once has them in different processes. */
async function commands(name: string, habits: Habits): Promise<void> {
  const { time, store, processes } = await start(5);
  const accounts = 50;
  const count = { fetch: 0, search: 0, waited: [] as number[] };
  const random = seeded(7);
  const isFleeting = habits.lasts < habits.later.every;
  for (let account = 0; account < accounts; account += 1) {
    for (let session = 0; session < habits.sessions; session += 1) {
      const startsAt = (isFleeting ? session * habits.later.every : random() * 5) * minute + random() * minute;
      const process = processes[(account + session) % processes.length] as SimulatedProcess;
      time.after(startsAt, () => void live(process, account, habits, time, count));
    }
  }
  store.take();
  await time.run((habits.lasts + 500) * minute);
  const units = store.take();
  const of = (...classes: readonly string[]): number => classes.reduce((sum, name) => sum + (units.get(name) ?? 0), 0);
  const fetches = of('imap/fetches-per-account', 'imap/fetches') / count.fetch;
  const searches = of('imap/searches-per-account') / count.search;
  const all = of('imap/fetches-per-account', 'imap/fetches', 'imap/searches-per-account') / (count.fetch + count.search);
  console.log(
    `write units per command, ${name}: ${all.toFixed(3)} (aim ≤ 0.1); FETCH ${fetches.toFixed(3)}, SEARCH ${searches.toFixed(3)}; naive 4 and 2; waited median ${percentile(count.waited, 0.5)} ms, 99 % under ${percentile(count.waited, 0.99)} ms, most ${Math.max(...count.waited)} ms`,
  );
}

async function live(
  process: SimulatedProcess,
  account: number,
  { lasts, atStart, later }: Habits,
  time: SimulatedTime,
  count: { fetch: number; search: number; waited: number[] },
): Promise<void> {
  const session = await process.session('imap', clientNamed(account));
  if (session === undefined) return;
  const burst = async ({ fetches, searches }: { readonly fetches: number; readonly searches: number }): Promise<void> => {
    for (let i = 0; i < searches; i += 1) count.waited.push(await process.command('search', session.client, 40));
    for (let i = 0; i < fetches; i += 1) count.waited.push(await process.command('fetch', session.client, 20));
    count.fetch += fetches;
    count.search += searches;
  };
  await burst(atStart);
  for (let at = later.every; at < lasts; at += later.every) {
    await time.sleep(later.every * minute);
    await burst(later);
  }
  await time.sleep(minute);
  session.over();
}

function print(what: string, protocol: Protocol, sessions: number, units: ReadonlyMap<string, number>, aim: string): void {
  const each = (name: string): number => (units.get(name) ?? 0) / sessions;
  const parts: readonly (readonly [string, number])[] = [
    ['total', each(`${protocol}/sessions`)],
    ['address', each(`${protocol}/sessions-per-address`)],
    ...(protocol === 'smtp' ? [] : ([['account', each(`${protocol}/sessions-per-account`)]] as const)),
    ...(protocol === 'pop3' ? ([['lock', each('pop3/maildrop')]] as const) : []),
  ];
  const sum = parts.reduce((all, [, part]) => all + part, 0);
  const naiveUnits = naive[protocol];
  console.log(
    `write units per session, ${what}: ${sum.toFixed(2)}, naive ${naiveUnits}, ratio ${(sum / naiveUnits).toFixed(2)} (${aim}); ` +
      `${parts.map(([name, part]) => `${name} ${part.toFixed(3)}`).join(', ')}; heartbeats ${each('holders').toFixed(3)}`,
  );
}

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;

/** @returns an exponential chance with this mean, as arrivals that know nothing of each other have */
const byChance = (mean: number, random: () => number): number => -Math.log(1 - random()) * mean;
