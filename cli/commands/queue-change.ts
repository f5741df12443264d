import type { Spool } from '../../core/delivery/spool.ts';
import type { SpoolRowId } from '../../core/values/ids.ts';
import { confirm } from '../ask.ts';
import { type Call, type Command, CommandFailure, dataOption } from '../command.ts';
import { print } from '../output.ts';
import { withWorld } from '../with-world.ts';
import { noSuchRow } from './queue.ts';

const ids = [{ name: 'ID', many: true }] as const;

export const queueChangeCommands: readonly Command[] = [
  {
    words: ['queue', 'retry'],
    args: ids,
    options: dataOption,
    summary: 'Try rows again at once; held ones are no longer held.',
    run: (call) => eachRow(call, 'will be tried at once', (spool, id, now) => spool.retry(id, now)),
  },
  {
    words: ['queue', 'hold'],
    args: ids,
    options: { ...dataOption, reason: { value: 'TEXT', doc: 'Why, for whoever reads the queue. Default: held by an operator' } },
    summary: 'Keep rows and try them no more until `queue retry`.',
    run: (call) => eachRow(call, 'is held', (spool, id) => spool.hold(id, (call.value('reason') ?? 'held by an operator').slice(0, 500))),
  },
  {
    words: ['queue', 'delete'],
    args: ids,
    options: { ...dataOption, yes: { doc: 'Do not ask on a terminal.' } },
    summary: 'Drop rows for good; nobody is told.',
    run: async (call) => {
      if (!call.has('yes'))
        await confirm(`Drop ${call.args.length === 1 ? 'this row' : `these ${call.args.length} rows`} undelivered? This can't be undone.`);
      await eachRow(call, 'is deleted', (spool, id, now) => spool.delete(id, now));
    },
  },
];

/** Does all it can; what could not be done is told at the end, with exit code 3. */
async function eachRow(call: Call, done: string, act: (spool: Spool, id: SpoolRowId, now: number) => Promise<boolean>): Promise<void> {
  await withWorld(call, 'fail', async ({ spool, clock }) => {
    const failures: CommandFailure[] = [];
    for (const id of call.args as readonly SpoolRowId[]) {
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
