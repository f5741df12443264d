import { protocols } from '../core/values/protocol.ts';
import { type Served, serve } from '../test/harness/served.ts';
import { benchAccounts } from './load/admissions.ts';
import { type Admitted, admit } from './load/child.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import type { AdmissionName } from './load/load-name.ts';
import { median } from './report.ts';

const accounts = Object.fromEntries(Array.from({ length: benchAccounts }, (_, i) => [`user-${i}@example.test`, 'wonderland']));

/** Every limit that a session meets, switched off. They are still counted, so that a limit set later is exact at once. */
const noLimits = Object.fromEntries(
  protocols.flatMap((protocol) =>
    ['sessions', 'sessions-per-address', 'sessions-per-process', 'commands-per-process', 'sessions-per-account']
      .filter((limit) => protocol !== 'smtp' || limit !== 'sessions-per-account')
      .map((limit) => [`${protocol}/${limit}`, '0']),
  ),
);

/** What admission costs: sessions through the real listeners with all limits on, beside none, and beside a server that asks for no slots at all. */
export async function benchAdmission(): Promise<void> {
  const limited = await serve({ accounts });
  const unlimited = await serve({ accounts, set: noLimits });
  const slotless = await withoutSlots(() => serve({ accounts }));
  const servers = { limited, unlimited, slotless };
  try {
    for (const load of loads) {
      await throughput(load, servers);
      await delay(load, limited, slotless);
    }
  } finally {
    for (const served of Object.values(servers)) await served.stop();
  }
}

type Servers = Readonly<Record<'limited' | 'unlimited' | 'slotless', Served>>;

interface Load {
  readonly name: AdmissionName;
  readonly port: 'smtp/port' | 'imap/port';
  readonly what: string;
  readonly count: number;
}

const loads: readonly Load[] = [
  { name: 'smtp-greeting', port: 'smtp/port', what: 'SMTP greeting and QUIT, each from another address', count: 1500 },
  { name: 'imap-login', port: 'imap/port', what: 'IMAP login and logout, 10 accounts at 20 addresses', count: 1000 },
];

let used = 0;

/** No address comes twice within a run of the bench, as far as the load gives each session its own. */
async function run({ name, port, count }: Load, served: Served, concurrency: number): Promise<Admitted> {
  const first = used;
  used += count;
  return await admit(name, served.ports[port], concurrency, count, first);
}

const warmUp = 3;
const rounds = 15;

/** All servers take turns in short rounds, so that a slow moment of the machine meets them alike; what counts is the median of the rounds' ratios. */
async function throughput(load: Load, servers: Servers): Promise<void> {
  const each: Record<keyof Servers, readonly Round[]> = { limited: [], unlimited: [], slotless: [] };
  const names = Object.keys(each) as (keyof Servers)[];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + round) % names.length] as keyof Servers;
      const measured = await oneRound(load, servers[name]);
      if (round >= warmUp) each[name] = [...each[name], measured];
    }
  }
  report(load, each.limited, each.unlimited, 'all limits 0', 'aim ≥ 0.85');
  report(load, each.limited, each.slotless, 'a server that asks for no slots', '1 would be free of charge');
}

interface Round {
  readonly rate: number;
  /** µs of processor that the server used for one session. */
  readonly cost: number;
}

async function oneRound(load: Load, served: Served): Promise<Round> {
  const before = cpuSeconds(served.pid) ?? Number.NaN;
  const { rate } = await run(load, served, 20);
  const after = cpuSeconds(served.pid) ?? Number.NaN;
  return { rate, cost: ((after - before) / load.count) * 1e6 };
}

function report({ what }: Load, ours: readonly Round[], other: readonly Round[], reference: string, aim: string): void {
  const of = (all: readonly Round[], field: keyof Round): number => median(all.map((round) => round[field]));
  const byRate = median(ours.map(({ rate }, i) => rate / (other[i]?.rate ?? Number.NaN)));
  const byCost = median(ours.map(({ cost }, i) => (other[i]?.cost ?? Number.NaN) / cost));
  console.log(
    `${what}, 20 at once, all limits on: ${of(ours, 'rate').toFixed(0)} sessions/s, ${reference} ${of(other, 'rate').toFixed(0)} sessions/s, ratio ${byRate.toFixed(2)} (${aim}); ` +
      `by processor time a session ${byCost.toFixed(2)}: ${of(ours, 'cost').toFixed(0)} µs beside ${of(other, 'cost').toFixed(0)} µs`,
  );
}

/** One at a time, so that nobody waits for anything but his own admission. */
async function delay(load: Load, ours: Served, other: Served): Promise<void> {
  const added: number[] = [];
  const times: Admitted[] = [];
  for (let round = 0; round < 5; round += 1) {
    const [with_, without] = [await run(load, ours, 1), await run(load, other, 1)];
    added.push(with_.median - without.median);
    times.push(with_);
  }
  const whole = median(times.map((time) => time.median)).toFixed(3);
  console.log(
    `${load.what}, one at a time: let in after ${whole} ms (median), of which slots add ${median(added).toFixed(3)} ms (aim < 1)`,
  );
}

async function withoutSlots<T>(start: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--import ${new URL('./reference/without-slots.ts', import.meta.url).href}`;
  try {
    return await start();
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
}
