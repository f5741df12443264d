import type { CollectSources } from '../../core/collect/collect-sources.ts';
import { isFailure } from '../../core/collect/next-run.ts';
import type { Source, SourceName } from '../../core/collect/source.ts';
import type { Clock } from '../../core/values/clock.ts';
import { type Call, type Command, CommandFailure, dataOption } from '../command.ts';
import type { CommandWorld } from '../command-world.ts';
import { print } from '../output.ts';
import { readableSpan } from '../readable.ts';
import { visible } from '../table.ts';
import { withWorld } from '../with-world.ts';
import { isRunning, noSuchSource, resultText, sourceNameOf } from './collect-view.ts';

const names = [{ name: 'NAME', many: true }] as const;

export const collectRunCommands: readonly Command[] = [
  {
    words: ['collect', 'run'],
    args: [{ name: 'NAME', many: true, optional: true }],
    options: {
      ...dataOption,
      wait: { doc: 'Wait for the results and print them.' },
      timeout: { value: 'SECONDS', doc: 'How long --wait waits. Default: 300' },
    },
    summary: 'Collect at once: from these sources, or from all that are enabled. The running server does it within seconds.',
    run: runSources,
  },
  {
    words: ['collect', 'hold'],
    args: names,
    options: dataOption,
    summary: 'Leave sources alone until `collect release`; a run that is on goes on to its end.',
    run: (call) => eachSource(call, 'is held', (sources, name) => sources.hold(name)),
  },
  {
    words: ['collect', 'release'],
    args: names,
    options: dataOption,
    summary: 'Collect from held sources again, beginning now; earlier failures are forgotten.',
    run: (call) => eachSource(call, 'is collected from again', (sources, name, now) => sources.release(name, now)),
  },
];

/** Does all it can; what could not be done is told at the end, with exit code 3. */
async function eachSource(
  call: Call,
  done: string,
  act: (sources: CollectSources, name: SourceName, now: number) => Promise<boolean>,
): Promise<void> {
  const given = call.args.map(sourceNameOf);
  await withWorld(call, 'fail', async ({ collectSources, clock }) => {
    const failures: CommandFailure[] = [];
    for (const name of given) {
      if (await act(collectSources, name, clock.now())) print(`${name} ${done}`);
      else failures.push(noSuchSource(name));
    }
    throwAll(failures);
  });
}

function throwAll(failures: readonly CommandFailure[]): void {
  const [first, ...others] = failures;
  if (first === undefined) return;
  throw others.length === 0 ? first : new CommandFailure('refused', failures.map(({ message }) => message).join('\n'), first.hint);
}

const lookAgain = 200; // ms

async function runSources(call: Call): Promise<void> {
  const given = call.args.map(sourceNameOf);
  const patience = secondsOf(call.value('timeout') ?? '300');
  await withWorld(call, 'fail', async (world) => {
    const asked = await askForRuns(given, world);
    if (asked.length === 0) return print('no source is enabled');
    await world.wakeCollecting(1);
    if (call.has('wait')) return await tellResults(asked, patience, world);
    for (const { name } of asked) print(`${name} is due now`);
  });
}

async function askForRuns(given: readonly SourceName[], { collectSources, clock }: CommandWorld): Promise<readonly Source[]> {
  const known = new Map((await collectSources.list()).map((source) => [source.name, source]));
  const unknown = given.filter((name) => !known.has(name));
  if (unknown.length > 0) throwAll(unknown.map(noSuchSource));
  const asked = given.length === 0 ? [...known.values()].filter(({ enabled }) => enabled) : given.map((name) => known.get(name) as Source);
  const held = asked.filter(({ enabled }) => !enabled).map(({ name }) => name);
  if (held.length > 0) throw new CommandFailure('refused', `held: ${held.join(', ')}`, `mailweir collect release ${held[0]}`);
  for (const { name } of asked) await collectSources.runNow(name, clock.now());
  return asked;
}

/** A run that is on already counts as well: it is told when it has ended. */
async function tellResults(asked: readonly Source[], patience: number, { collectSources, clock }: CommandWorld): Promise<void> {
  const deadline = clock.monotonic() + patience;
  const waiting = new Map(asked.map((source) => [source.name, source.lastRun?.endedAt ?? 0]));
  let failed = 0;
  while (waiting.size > 0 && clock.monotonic() < deadline) {
    await clock.sleep(lookAgain);
    for (const [name, endedBefore] of waiting) {
      const { lastRun: run } = (await collectSources.find(name)) ?? {};
      if (run === undefined || run.endedAt <= endedBefore) continue;
      waiting.delete(name);
      failed += isFailure(run.result) ? 1 : 0;
      print(visible(`${name}: ${run.collected} collected, ${run.deleted} deleted there; ${resultText(run)}`));
    }
  }
  if (waiting.size > 0) throw await notYet([...waiting.keys()], patience, collectSources, clock);
  if (failed > 0) throw new CommandFailure('failed', `${failed} of ${asked.length} failed`, 'mailweir collect show NAME tells more');
}

async function notYet(names: readonly SourceName[], patience: number, sources: CollectSources, clock: Clock): Promise<CommandFailure> {
  const found = await Promise.all(names.map((name) => sources.find(name)));
  const running = found.filter((source) => source !== undefined && isRunning(source, clock.now())).length;
  const message = `after ${readableSpan(patience)} there is no result of ${names.join(', ')}`;
  return new CommandFailure('failed', message, running > 0 ? 'it is still running' : 'is the server running? Only that one collects');
}

function secondsOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 0) return Number(text) * 1000;
  throw new CommandFailure('usage', '--timeout takes seconds, 1 to 99999');
}
