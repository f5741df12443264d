import type { Spool } from '../../core/delivery/spool.ts';
import type { SpoolRowId } from '../../core/values/ids.ts';
import { confirm } from '../ask.ts';
import { type Call, type Command, CommandFailure, dataOption } from '../command.ts';
import { print } from '../output.ts';
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
    run: (call) => eachRow(call, 'will be tried at once', (spool, id, now) => spool.retry(id, now)),
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
    run: (call) => eachRow(call, 'goes on', (spool, id) => spool.release(id)),
  },
  {
    words: ['queue', 'delete'],
    args: ids,
    options: { ...choosing, yes: { doc: 'Do not ask on a terminal.' } },
    summary: 'Drop rows for good; nobody is told. `queue bounce` tells the sender.',
    run: (call) => eachRow(call, 'is deleted', (spool, id, now) => spool.delete(id, now), "Drop them undelivered? This can't be undone."),
  },
];

/**
 * Does all it can; what could not be done is told at the end, with exit code 3.
 * @param question asked on a terminal, unless --yes
 */
async function eachRow(
  call: Call,
  done: string,
  act: (spool: Spool, id: SpoolRowId, now: number) => Promise<boolean>,
  question?: string,
): Promise<void> {
  await withWorld(call, 'fail', async ({ spool, clock }) => {
    const chosen = await selectedIds(call, spool);
    if (question !== undefined && !call.has('yes'))
      await confirm(`${chosen.length === 1 ? '1 row' : `${chosen.length} rows`}. ${question}`);
    const failures: CommandFailure[] = [];
    for (const id of chosen) {
      if (await act(spool, id, clock.now())) print(`${id} ${done}`);
      else failures.push((await spool.get(id)) === undefined ? noSuchRow(id) : beingDelivered(id));
    }
    const [first, ...others] = failures;
    if (first === undefined) return;
    throw others.length === 0 ? first : new CommandFailure('refused', failures.map(({ message }) => message).join('\n'), first.hint);
  });
}

const beingDelivered = (id: string): CommandFailure =>
  new CommandFailure('refused', `${id} is being delivered right now`, 'try again in a moment; mailweir queue show tells how it stands');
