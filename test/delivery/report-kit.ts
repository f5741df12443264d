import { composeReport } from '../../core/delivery/reports/compose-report.ts';
import type { Report, ReportedRecipient, ReportKind } from '../../core/delivery/reports/report.ts';
import { returnedMessage } from '../../core/delivery/reports/returned-message.ts';
import { noHistory, type SpoolRow } from '../../core/delivery/spool.ts';
import type { MessageBodies } from '../../core/mailbox/message-bodies.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { transferDecoder } from '../../core/message/transfer-decoding.ts';
import type { Address } from '../../core/values/address.ts';
import type { BodyId, SpoolId, SpoolRowId } from '../../core/values/ids.ts';
import type { MessageFacts, MimePart } from '../../core/values/message-facts.ts';

export const sentAt = Date.parse('2026-11-20T10:00:00Z');
const reportedAt = Date.parse('2026-11-25T10:00:00Z');

export const letter = [
  'From: Alice <alice@example.org>',
  'To: Bob <bob@example.net>',
  'Subject: Lunch on Friday?',
  'Date: Fri, 20 Nov 2026 11:00:00 +0100',
  'Message-ID: <lunch@example.org>',
  '',
  'At one?',
  '',
].join('\r\n');

export function factsOf(octets: string | Buffer): MessageFacts {
  const facts = messageFacts();
  facts.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  return facts.end();
}

/** A row of one message. @param octets latin1 */
export const rowOf = (octets = letter, other: Partial<SpoolRow> = {}): SpoolRow => ({
  id: 'row' as SpoolRowId,
  message: 'message' as SpoolId,
  body: 'body' as BodyId,
  facts: factsOf(octets),
  nextHop: { kind: 'domain', domain: 'example.net' },
  reversePath: 'alice@example.org' as Address,
  recipients: [],
  declared: { eightBit: false, utf8: false },
  acceptedAt: sentAt,
  nextAttemptAt: sentAt,
  attempts: 0,
  history: noHistory,
  held: false,
  ...other,
});

export const bodiesOf = (octets: string, chunk = 1000): MessageBodies => ({
  stage: () => Promise.reject(new Error('not here')),
  discard: async () => {},
  async *read(_id, from, to) {
    for (let at = from; at < Math.min(to, octets.length); at += chunk)
      yield Buffer.from(octets.slice(at, Math.min(at + chunk, to)), 'latin1');
  },
});

export const failedAt = (
  address: string,
  reply: string,
  { host, original, expired }: { readonly host?: string; readonly original?: string; readonly expired?: boolean } = {},
): ReportedRecipient => ({
  recipient: { address: address as Address, ...(original === undefined ? {} : { original }) },
  action: 'failed',
  answer: { reply, at: reportedAt, ...(host === undefined ? {} : { host }) },
  ...(expired === undefined ? {} : { expired }),
});

export const reportOf = (recipients: readonly ReportedRecipient[], kind: ReportKind = 'failed', row = rowOf()): Report => ({
  kind,
  row,
  recipients,
  at: reportedAt,
  retryUntil: sentAt + 5 * 86_400_000,
});

export interface Composed {
  /** latin1 */
  readonly text: string;
  readonly declared: { readonly eightBit: boolean; readonly utf8: boolean };
  readonly structure: MimePart;
  readonly facts: MessageFacts;
  /** The parts' contents, transfer encoding undone, latin1. */
  readonly contents: readonly string[];
}

/** @param octets of the message it is about, latin1 */
export async function composed(report: Report, octets: string = letter, host = 'mail.example.org'): Promise<Composed> {
  const returned = await returnedMessage(report.kind, report.row, bodiesOf(octets));
  const { source, declared } = composeReport(report, { host, to: report.row.reversePath as Address, id: '01REPORT' }, returned);
  const chunks: Uint8Array[] = [];
  for await (const one of source) chunks.push(one);
  const message = Buffer.concat(chunks);
  const facts = factsOf(message);
  return { text: message.toString('latin1'), declared, facts, structure: facts.structure, contents: contentsOf(facts.structure, message) };
}

const contentsOf = ({ parts = [] }: MimePart, message: Buffer): readonly string[] =>
  parts.map((part) => {
    const decoder = transferDecoder(part.encoding);
    return Buffer.concat([decoder.write(message.subarray(part.bodyStart, part.bodyEnd)), decoder.end()]).toString('latin1');
  });
