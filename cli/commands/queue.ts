import type { NextHop, SpoolRow } from '../../core/delivery/spool.ts';
import type { SpoolRowId } from '../../core/values/ids.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { countOf } from '../count-of.ts';
import { print, printJson } from '../output.ts';
import { readableSize, readableSpan, readableTime } from '../readable.ts';
import { columns, table } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const queueCommands: readonly Command[] = [
  {
    words: ['queue', 'list'],
    args: [],
    options: {
      ...dataOption,
      ...jsonOption,
      hop: { value: 'HOP', doc: 'Only rows for this next hop: local, or a domain.' },
      held: { doc: 'Only held rows.' },
      limit: { value: 'N', doc: 'Rows to show at most. Default: 200' },
    },
    summary: 'List accepted messages that are not delivered yet, one row per message and next hop.',
    run: listQueue,
  },
  {
    words: ['queue', 'show'],
    args: [{ name: 'ID' }],
    options: { ...dataOption, ...jsonOption },
    summary: 'Show one row: envelope, attempts, last error.',
    run: showRow,
  },
];

async function listQueue(call: Call): Promise<void> {
  const limit = countOf(call, 'limit', 200);
  const hop = call.value('hop');
  const filter = { limit, ...(hop === undefined ? {} : { nextHop: hopOf(hop) }), ...(call.has('held') ? { held: true } : {}) };
  await withWorld(call, 'fail', async ({ spool, clock }) => {
    const rows = await spool.list(filter);
    const now = clock.now();
    if (call.has('json')) return printJson(rows.map((row) => rowJson(row, now)));
    const head = ['id', 'age', 'size', 'from', 'to', 'next hop', 'tries', 'state', 'last error'];
    print(
      table(
        head,
        rows.map((row) => rowCells(row, now)),
        'the queue is empty',
      ),
    );
    if (rows.length === limit) print(`the first ${limit} rows; --limit shows more`);
  });
}

async function showRow(call: Call): Promise<void> {
  const [id = ''] = call.args;
  await withWorld(call, 'fail', async ({ spool, clock }) => {
    const row = await spool.get(id as SpoolRowId);
    if (row === undefined) throw noSuchRow(id);
    if (call.has('json')) return printJson(rowJson(row, clock.now()));
    print(columns(details(row, clock.now())));
  });
}

export const noSuchRow = (id: string): CommandFailure =>
  new CommandFailure(
    'refused',
    `there is no row ${JSON.stringify(id.slice(0, 60))} in the queue`,
    'it may be delivered already; mailweir queue list shows what is waiting',
  );

const hopOf = (text: string): NextHop => (text === 'local' ? { kind: 'local' } : { kind: 'domain', domain: text.toLowerCase() });
const hopText = (hop: NextHop): string => (hop.kind === 'local' ? 'local' : hop.domain);
const fromText = ({ reversePath }: SpoolRow): string => reversePath || '<>';

type State = 'held' | 'being delivered' | 'due' | 'waiting';

function stateOf(row: SpoolRow, now: number): State {
  if (row.held) return 'held';
  if (row.claimedUntil !== undefined && row.claimedUntil > now) return 'being delivered';
  return row.nextAttemptAt <= now ? 'due' : 'waiting';
}

const stateText = (row: SpoolRow, now: number): string =>
  stateOf(row, now) === 'waiting' ? `next in ${readableSpan(row.nextAttemptAt - now)}` : stateOf(row, now);

function rowCells(row: SpoolRow, now: number): readonly string[] {
  const [first, ...others] = row.recipients;
  const to = `${first?.address ?? ''}${others.length === 0 ? '' : ` and ${others.length} more`}`;
  return [
    row.id,
    readableSpan(now - row.acceptedAt),
    readableSize(row.facts.size),
    fromText(row),
    to,
    hopText(row.nextHop),
    String(row.attempts),
    stateText(row, now),
    (row.lastError ?? '').slice(0, 200),
  ];
}

const details = (row: SpoolRow, now: number): readonly (readonly string[])[] => [
  ['id', row.id],
  ['message', row.message],
  ['accepted', `${readableTime(row.acceptedAt)} (${readableSpan(now - row.acceptedAt)} ago)`],
  ['from', fromText(row)],
  ...row.recipients.map(({ address, account }) => [
    'to',
    account === undefined || (account as string) === address.toLowerCase() ? address : `${address} (account ${account})`,
  ]),
  ['next hop', hopText(row.nextHop)],
  ['size', readableSize(row.facts.size)],
  ['message-id', row.facts.envelope.messageId ?? '-'],
  ['submitted by', row.submittedBy ?? '-'],
  ['tries', String(row.attempts)],
  ['state', stateText(row, now)],
  ['last error', row.lastError ?? '-'],
];

const timeJson = (at: number): string => new Date(at).toISOString();

function rowJson(row: SpoolRow, now: number): object {
  return {
    id: row.id,
    message: row.message,
    state: stateOf(row, now),
    from: row.reversePath,
    to: row.recipients.map(({ address }) => address),
    nextHop: hopText(row.nextHop),
    size: row.facts.size,
    messageId: row.facts.envelope.messageId ?? null,
    submittedBy: row.submittedBy ?? null,
    acceptedAt: timeJson(row.acceptedAt),
    nextAttemptAt: timeJson(row.nextAttemptAt),
    attempts: row.attempts,
    lastError: row.lastError ?? null,
  };
}
