import { formatRouteChoice, parseRouteChoice } from '../../core/delivery/route-choice.ts';
import type { SpoolRowId } from '../../core/values/ids.ts';
import { confirm } from '../ask.ts';
import { type Call, type Command, CommandFailure, dataOption } from '../command.ts';
import type { CommandWorld } from '../command-world.ts';
import { print } from '../output.ts';
import { bouncer } from '../queue/bounce.ts';
import { allOption, filterOptions, selectedIds } from '../queue/selected-rows.ts';
import { withWorld } from '../with-world.ts';
import { noSuchRow } from './queue.ts';

const ids = [{ name: 'ID', optional: true, many: true }] as const;
const choosing = { ...dataOption, ...filterOptions, ...allOption };
const reason = (what: string) => ({ reason: { value: 'TEXT', doc: `Why, for whoever reads ${what}` } });

export const queueChangeCommands: readonly Command[] = [
  {
    words: ['queue', 'retry'],
    args: ids,
    options: choosing,
    summary: 'Try rows again at once; held ones are no longer held.',
    run: (call) => eachDueRow(call, 'will be tried at once', (spool, id, now) => spool.retry(id, now)),
  },
  {
    words: ['queue', 'hold'],
    args: ids,
    options: { ...choosing, ...reason('the queue. Default: held by an operator') },
    summary: 'Keep rows and try them no more until `queue release` or `queue retry`.',
    run: (call) => eachRow(call, 'is held', (spool, id) => spool.hold(id, (call.value('reason') ?? 'held by an operator').slice(0, 500))),
  },
  {
    words: ['queue', 'release'],
    args: ids,
    options: choosing,
    summary: 'Let held rows go on: they are due when they were due before.',
    run: (call) => eachDueRow(call, 'goes on', (spool, id) => spool.release(id)),
  },
  {
    words: ['queue', 'reroute'],
    args: ids,
    options: {
      ...choosing,
      via: { value: 'WAY', doc: 'direct, smarthost, ses, or HOST[:PORT]; to log in there "HOST:PORT USER secret:NAME".' },
      back: { doc: 'As the rules and outbound/route say.' },
    },
    summary: 'Send rows another way than the rules say, from their next attempt on; `queue retry` makes that now.',
    run: (call) => {
      const via = viaOf(call);
      return eachRow(call, via === undefined ? 'goes as the rules say' : `goes by ${via}`, (spool, id) => spool.reroute(id, via));
    },
  },
  {
    words: ['queue', 'bounce'],
    args: ids,
    options: { ...choosing, ...reason('the report'), yes: { doc: 'Do not ask on a terminal.' } },
    summary: 'Give rows up: their senders get a report that they were not delivered.',
    run: bounceRows,
  },
  {
    words: ['queue', 'delete'],
    args: ids,
    options: { ...choosing, yes: { doc: 'Do not ask on a terminal.' } },
    summary: 'Drop rows for good; nobody is told. `queue bounce` tells the sender.',
    run: (call) => eachRow(call, 'is deleted', (spool, id, now) => spool.delete(id, now), "Drop them undelivered? This can't be undone."),
  },
];

/** @returns undefined for --back */
function viaOf(call: Call): string | undefined {
  const via = call.value('via');
  if ((via === undefined) !== call.has('back')) throw new CommandFailure('usage', 'queue reroute takes --via WAY, or --back');
  if (via === undefined) return undefined;
  const choice = parseRouteChoice(via); // what is none may hold a password: it is not repeated
  if (choice === undefined)
    throw new CommandFailure(
      'refused',
      '--via takes direct, smarthost, ses or HOST[:PORT], and to log in there "HOST:PORT USER secret:NAME"',
      'a password stands in a secret, never on the command line',
    );
  return formatRouteChoice(choice);
}

/** Rows that are due by it: whoever delivers is woken. */
function eachDueRow(
  call: Call,
  done: string,
  act: (spool: CommandWorld['spool'], id: SpoolRowId, now: number) => Promise<boolean>,
): Promise<void> {
  return onRows(call, undefined, (world, chosen) =>
    each(chosen, world, done, (id) => woken(world, id, act(world.spool, id, world.clock.now()))),
  );
}

async function woken({ spool, dispatcher }: CommandWorld, id: SpoolRowId, changing: Promise<boolean>): Promise<boolean> {
  const [isChanged, row] = [await changing, await spool.get(id)];
  if (isChanged && row !== undefined) dispatcher.wake([row]);
  return isChanged;
}

async function bounceRows(call: Call): Promise<void> {
  const text = call.value('reason') ?? '';
  await onRows(call, 'Give them up, and tell their senders?', async (world, chosen) => {
    const bounce = await bouncer(world, text);
    await each(chosen, world, 'is given up', (id) => bounce(id));
  });
}

/** @param question asked on a terminal, unless --yes */
function eachRow(
  call: Call,
  done: string,
  act: (spool: CommandWorld['spool'], id: SpoolRowId, now: number) => Promise<boolean>,
  question?: string,
): Promise<void> {
  return onRows(call, question, (world, chosen) => each(chosen, world, done, (id) => act(world.spool, id, world.clock.now())));
}

async function onRows(
  call: Call,
  question: string | undefined,
  act: (world: CommandWorld, ids: readonly SpoolRowId[]) => Promise<void>,
): Promise<void> {
  await withWorld(call, 'fail', async (world) => {
    const chosen = await selectedIds(call, world.spool);
    if (question !== undefined && !call.has('yes'))
      await confirm(`${chosen.length === 1 ? '1 row' : `${chosen.length} rows`}. ${question}`);
    await act(world, chosen);
  });
}

/** Does all it can; what could not be done is told at the end, with exit code 3. */
async function each(
  chosen: readonly SpoolRowId[],
  { spool }: Pick<CommandWorld, 'spool'>,
  done: string,
  act: (id: SpoolRowId) => Promise<boolean>,
): Promise<void> {
  const failures: CommandFailure[] = [];
  for (const id of chosen) {
    if (await act(id)) print(`${id} ${done}`);
    else failures.push((await spool.get(id)) === undefined ? noSuchRow(id) : beingDelivered(id));
  }
  const [first, ...others] = failures;
  if (first === undefined) return;
  throw others.length === 0 ? first : new CommandFailure('refused', failures.map(({ message }) => message).join('\n'), first.hint);
}

const beingDelivered = (id: string): CommandFailure =>
  new CommandFailure('refused', `${id} is being delivered right now`, 'try again in a moment; mailweir queue show tells how it stands');
