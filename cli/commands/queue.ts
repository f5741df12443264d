import type { Spool, SpoolRow } from '../../core/delivery/spool.ts';
import { whyWaiting } from '../../core/delivery/why-waiting.ts';
import type { SpoolRowId } from '../../core/values/ids.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { countOf } from '../count-of.ts';
import { print, printJson } from '../output.ts';
import { printRow } from '../queue/row-details.ts';
import { backlogJson, rowJson, wholeRowJson } from '../queue/row-json.ts';
import { fromText, hopText, stateText } from '../queue/row-state.ts';
import { filterOf, filterOptions } from '../queue/selected-rows.ts';
import { waitingFacts } from '../queue/waiting-facts.ts';
import { waitingText } from '../queue/waiting-text.ts';
import { readableSize, readableSpan } from '../readable.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const queueCommands: readonly Command[] = [
  {
    words: ['queue', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption, ...filterOptions, limit: { value: 'N', doc: 'Rows to show at most. Default: 200' } },
    summary: 'List accepted messages that are not delivered yet, one row per message and next hop, the oldest first.',
    run: listQueue,
  },
  {
    words: ['queue', 'summary'],
    args: [],
    options: { ...dataOption, ...jsonOption },
    summary: 'Show what waits for each next hop: how many rows, how old, why.',
    run: summarize,
  },
  {
    words: ['queue', 'show'],
    args: [{ name: 'ID' }],
    options: { ...dataOption, ...jsonOption },
    summary: 'Tell why one row is not moving; envelope, recipients, attempts, and the dialogue of the last one.',
    details: 'ID is that of a row, or of a message, as the 250 line and the log name it.',
    run: showRow,
  },
];

async function listQueue(call: Call): Promise<void> {
  const limit = countOf(call, 'limit', 200);
  await withWorld(call, 'fail', async ({ spool, clock }) => {
    const rows = await spool.list({ ...filterOf(call), limit });
    const now = clock.now();
    if (call.has('json')) return printJson(rows.map((row) => rowJson(row, now)));
    const head = ['id', 'age', 'size', 'from', 'to', 'next hop', 'tries', 'state', 'last error'];
    const cells = rows.map((row) => rowCells(row, now));
    print(table(head, cells, 'the queue is empty'));
    if (rows.length === limit) print(`the first ${limit} rows; --limit shows more`);
  });
}

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

async function summarize(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ spool, clock }) => {
    const backlog = (await spool.backlog()).toSorted((a, b) => b.rows - a.rows || a.oldest - b.oldest);
    if (call.has('json')) return printJson(backlog.map(backlogJson));
    const now = clock.now();
    const cells = backlog.map(({ nextHop, rows, held, oldest, soonest, error }) => [
      hopText(nextHop),
      String(rows),
      String(held),
      readableSpan(now - oldest),
      soonest === undefined ? '-' : soonest <= now ? 'now' : `in ${readableSpan(soonest - now)}`,
      error === undefined ? '-' : `${error.text.slice(0, 200)}${error.rows === rows ? '' : ` (${error.rows} rows)`}`,
    ]);
    print(table(['next hop', 'rows', 'held', 'oldest', 'next', 'most often because of'], cells, 'the queue is empty'));
  });
}

async function showRow(call: Call): Promise<void> {
  const [id = ''] = call.args;
  await withWorld(call, 'fail', async (world) => {
    const rows = await rowsNamed(id, world.spool);
    if (rows.length === 0) throw noSuchRow(id);
    const told = await Promise.all(
      rows.map(async (row) => {
        const facts = await waitingFacts(row, world);
        return { row, why: whyWaiting(facts).map((one) => waitingText(one, row.id, facts.now)), now: facts.now };
      }),
    );
    if (call.has('json')) return printJson(told.map(({ row, why, now }) => ({ why, ...wholeRowJson(row, now) })));
    for (const [i, { row, why, now }] of told.entries()) {
      if (i > 0) print('');
      printRow(row, why, now);
    }
  });
}

/** @param id of a row, or of a message with its rows */
async function rowsNamed(id: string, spool: Pick<Spool, 'get' | 'list'>): Promise<readonly SpoolRow[]> {
  const row = await spool.get(id as SpoolRowId);
  if (row !== undefined) return [row];
  return (await spool.list({ text: id, limit: mostShown })).filter(({ message }) => message.toLowerCase() === id.toLowerCase());
}

/** A message has a row per domain of its recipients, who are not many more. */
const mostShown = 100;

export const noSuchRow = (id: string): CommandFailure =>
  new CommandFailure(
    'refused',
    `there is no row ${JSON.stringify(id.slice(0, 60))} in the queue`,
    'it may be delivered already; mailweir queue list shows what is waiting',
  );
