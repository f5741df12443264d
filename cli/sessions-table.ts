import type { SessionFacts } from '../core/observe/process-facts.ts';
import { processText } from './process-text.ts';
import { readableSpan } from './readable.ts';
import { shortIds } from './short-ids.ts';
import { columns, fitted, shortened } from './table.ts';

/** Characters. */
const narrowest = 100;
const wide = 120;
const leastDoing = 12;

const head = ['ID', 'PROTOCOL', 'ACCOUNT', 'ADDRESS', 'FOR', 'PROCESS', 'DOING'];

/** As wide as the terminal, and never wider than 100 columns where that is narrower. */
export function sessionsTable(sessions: readonly SessionFacts[], now: number): string {
  const width = Math.max(narrowest, process.stdout.columns ?? 0);
  const ids = shortIds(sessions.map(({ id }) => id));
  const rows = sessions.map(({ id, protocol, account, address, since, process: pid, doing }) => [
    ids.get(id) ?? id,
    protocol,
    shortened(account ?? '-', width < wide ? 20 : 40),
    address,
    readableSpan(now - since),
    processText(pid),
    doing,
  ]);
  return columns(fitted([head, ...rows], width, leastDoing));
}

export const sessionJson = ({ id, protocol, account, address, since, doing, process }: SessionFacts): object => ({
  id,
  protocol,
  account: account ?? null,
  address,
  since: new Date(since).toISOString(),
  doing,
  process,
});
