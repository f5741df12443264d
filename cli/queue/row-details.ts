import type { Attempt, SpoolRecipient, SpoolRow } from '../../core/delivery/spool.ts';
import { print, section } from '../output.ts';
import { readableSize, readableSpan, readableTime } from '../readable.ts';
import { columns, table, visible } from '../table.ts';
import { fromText, hopText, stateText } from './row-state.ts';

/** Prints all there is to tell of one row. @param why sentences of why it is not moving, most telling first */
export function printRow(row: SpoolRow, why: readonly string[], now: number): void {
  print([...why.map(visible), '', columns(facts(row, now))].join('\n'));
  section('recipients', [table(['address', 'stands', 'last answer'], recipients(row), 'none')]);
  section('attempts', [table(['at', 'host', 'result'], row.history.attempts.map(attemptCells), 'none yet')]);
  const dialogue = row.history.attempts.at(-1)?.dialogue ?? [];
  if (dialogue.length > 0) section('dialogue of the last attempt', dialogue.map(visible));
}

const facts = (row: SpoolRow, now: number): readonly (readonly string[])[] => [
  ['id', row.id],
  ['message', row.message],
  ['message-id', row.facts.envelope.messageId ?? '-'],
  ['subject', row.facts.envelope.subject ?? '-'],
  ['accepted', `${readableTime(row.acceptedAt)} (${readableSpan(now - row.acceptedAt)} ago)`],
  ['from', fromText(row)],
  ['submitted by', row.submittedBy ?? '-'],
  ['next hop', `${hopText(row.nextHop)}${row.via === undefined ? '' : ` via ${row.via}`}`],
  ['size', readableSize(row.facts.size)],
  ['tries', String(row.attempts)],
  ['state', stateText(row, now)],
  ['last error', row.lastError ?? '-'],
  ...(row.history.warnedAt === undefined ? [] : [['sender told of the delay', readableTime(row.history.warnedAt)]]),
  ...(row.requireTls === true ? [['tls', 'required by the sender']] : []),
];

const recipients = ({ recipients, history }: SpoolRow): readonly (readonly string[])[] => [
  ...recipients.map((one) => [recipientText(one), 'waiting', one.last === undefined ? '-' : answerText(one.last)]),
  ...history.settled.map(({ address, result, answer }) => [address, result, answerText(answer)]),
];

const recipientText = ({ address, account }: SpoolRecipient): string =>
  account === undefined || (account as string) === address.toLowerCase() ? address : `${address} (account ${account})`;

const answerText = ({ host, reply }: NonNullable<SpoolRecipient['last']>): string => (host === undefined ? reply : `${host}: ${reply}`);

const attemptCells = ({ at, host, ip, result }: Attempt): readonly string[] => [
  readableTime(at),
  host === undefined ? '-' : `${host}${ip === undefined ? '' : ` [${ip}]`}`,
  result,
];
