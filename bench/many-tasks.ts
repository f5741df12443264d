import { Worker } from 'node:worker_threads';
import { cases, type StormCase } from './many-tasks/cases.ts';
import type { StormFigures } from './many-tasks/storm.ts';
import { printMeasured } from './report.ts';

/** Writes a session costs when each of its three keys has a counter that goes up and down. */
const naiveUnits = { total: 2, address: 2, account: 2 };
const naive = 'naive counters';

const heap = { maxOldGenerationSizeMb: 6_000, maxYoungGenerationSizeMb: 512 };

function storm(name: StormCase): Promise<StormFigures> {
  const worker = new Worker(new URL('./many-tasks/worker.ts', import.meta.url), { workerData: name, resourceLimits: heap });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** The rules of core/slots over a modelled store in virtual time: 1,000 tasks, a million accounts, 100,000 new sessions a second. */
export async function benchManyTasks(): Promise<void> {
  const { tasks, sessionsPerSecond, lasts } = cases.split;
  console.log(
    `Many tasks: ${tasks} tasks under light load, then ${sessionsPerSecond.toLocaleString('en')} new sessions/s for ${lasts / 1000} s, until all is given back; virtual time`,
  );
  const [split, unsplit] = await Promise.all([storm('split'), storm('unsplit')]);
  const full = await storm('split, at the limit');
  printDelays(split, unsplit);
  printRefusals(split, unsplit);
  printWrites(split, unsplit);
  printFull(full, cases['split, at the limit'].limits.total);
}

const unsplitName = 'the same without splitting';
const at = (delays: Float64Array, part: number): number =>
  delays[Math.min(delays.length - 1, Math.floor(part * delays.length))] ?? Number.NaN;

function printDelays(split: StormFigures, unsplit: StormFigures): void {
  const text = ({ delays }: StormFigures): string =>
    `admission delay over three keys: median ${at(delays, 0.5)} ms, p99 ${at(delays, 0.99)} ms, p99.9 ${at(delays, 0.999)} ms`;
  console.log(`Many tasks: ${text(split)}`);
  console.log(`Many tasks, ${unsplitName}: ${text(unsplit)}`);
  printMeasured({
    what: 'Many tasks: admission delay, p99',
    unit: 'ms',
    ours: at(split.delays, 0.99),
    reference: at(unsplit.delays, 0.99),
    referenceName: unsplitName,
  });
}

function printRefusals(split: StormFigures, unsplit: StormFigures): void {
  const text = ({ asked, refused, wronglyRefused: { total, address, account, down }, outages }: StormFigures): string =>
    `${refused} of ${asked} refused, below 95 % of the limit: total ${total}, address ${address}, account ${account}; no answer ${down}; ` +
    `tasks that took the store for lost and admitted on their own: ${outages}`;
  console.log(`Many tasks: ${text(split)}`);
  console.log(`Many tasks, ${unsplitName}: ${text(unsplit)}`);
}

function printWrites(split: StormFigures, unsplit: StormFigures): void {
  for (const scope of ['total', 'address', 'account'] as const)
    printMeasured({
      what: `Many tasks: write units of the ${scope} key`,
      unit: 'a session',
      ours: split.store.units[scope] / split.admitted,
      reference: naiveUnits[scope],
      referenceName: naive,
    });
  const { total, address, account } = split.store.units;
  printMeasured({
    what: 'Many tasks: write units, all keys',
    unit: 'a session',
    ours: (total + address + account) / split.admitted,
    reference: 6,
    referenceName: naive,
    aim: '≤ 0.67',
  });
  printMeasured({
    what: `Many tasks: hottest item (${split.store.hottest.key})`,
    unit: 'write units/s',
    ours: split.store.hottest.units,
    reference: cases.split.prices.unitsPerSecond,
    referenceName: 'what DynamoDB gives one item',
    aim: '< 1',
  });
  for (const [name, { store }] of [
    ['Many tasks', split],
    [`Many tasks, ${unsplitName}`, unsplit],
  ] as const)
    console.log(
      `${name}: throttled writes ${store.throttled.toLocaleString('en')}, given up ${store.givenUp}; largest item ${store.largest.entries} entries (${store.largest.key}); ` +
        `reads ${store.reads.toLocaleString('en')}; hottest ${store.hottest.key} ${Math.round(store.hottest.units)} units/s`,
    );
}

function printFull({ delays, outages, asked, admitted, refused, wronglyRefused, mostLive, store }: StormFigures, limit: number): void {
  console.log(
    `Many tasks at a total of ${limit.toLocaleString('en')}: ${asked} asked, ${admitted} admitted, ${refused} refused, ` +
      `${wronglyRefused.total} of them below 95 %; at most ${mostLive.toLocaleString('en')} at once`,
  );
  printMeasured({
    what: 'Many tasks at the limit: write units of the total for takes that were refused',
    unit: 'a refused session',
    ours: store.refusedUnits / refused,
    reference: 1,
    referenceName: naive,
    aim: '< 0.1',
  });
  console.log(
    `Many tasks at the limit: admission delay median ${at(delays, 0.5)} ms, p99 ${at(delays, 0.99)} ms; tasks that took the store for lost ${outages}; all units of the total ${(store.units.total / asked).toFixed(2)} a session; throttled writes ${store.throttled.toLocaleString('en')}, given up ${store.givenUp}, reads ${(store.reads / refused).toFixed(2)} a refused session, ` +
      `hottest ${store.hottest.key} ${Math.round(store.hottest.units)} units/s`,
  );
}
