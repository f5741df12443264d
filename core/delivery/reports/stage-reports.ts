import type { AccountDirectory } from '../../accounts/account-directory.ts';
import type { MessageBodies } from '../../mailbox/message-bodies.ts';
import type { EventLog } from '../../observe/event-log.ts';
import type { LiveSettings } from '../../settings/live-settings.ts';
import { serverSettings } from '../../settings/server.ts';
import type { Address } from '../../values/address.ts';
import type { NewId } from '../../values/ids.ts';
import { newSpoolId } from '../accept.ts';
import { type HopRecipients, recipientsByHop } from '../recipients.ts';
import type { NewMessage, SpoolRow } from '../spool.ts';
import { composeReport } from './compose-report.ts';
import type { Report } from './report.ts';
import { returnedMessage } from './returned-message.ts';

export interface ReportDeps {
  readonly accounts: Pick<AccountDirectory, 'resolve'>;
  readonly bodies: MessageBodies;
  readonly newId: NewId;
  readonly settings: LiveSettings;
  readonly log: EventLog;
}

/**
 * Writes reports and stages them, for the step that ends the attempt they tell of. A report has the null reverse-path, so nothing is ever
 * reported of it: one that can't be delivered is told to the log alone (RFC 5321 section 6.1).
 * @throws when the store does; nothing stays staged then
 */
export async function stageReports(reports: readonly Report[], deps: ReportDeps): Promise<readonly NewMessage[]> {
  const staged: NewMessage[] = [];
  try {
    for (const report of reports) {
      const message = await stageReport(report, deps);
      if (message !== undefined) staged.push(message);
    }
    return staged;
  } catch (error) {
    await discardReports(staged, deps);
    throw error;
  }
}

export async function discardReports(staged: readonly NewMessage[], { bodies }: Pick<ReportDeps, 'bodies'>): Promise<void> {
  for (const { body } of staged) await bodies.discard(body);
}

async function stageReport(report: Report, deps: ReportDeps): Promise<NewMessage | undefined> {
  const { row, kind } = report;
  if (row.reversePath === '') return dropped(report, 'the message is a report itself', deps);
  const hops = await hopsTo(row.reversePath, deps);
  if (hops.length === 0) return dropped(report, 'the sender is unknown here', deps);
  const message = newSpoolId(deps.newId);
  const letterhead = { host: deps.settings.get(serverSettings.hostname), to: row.reversePath, id: message };
  const { source, declared } = composeReport(report, letterhead, await returnedMessage(kind, row, deps.bodies));
  const body = await deps.bodies.stage(source);
  const shared = { reversePath: '', ownReport: true, declared, ...(row.requireTls === true ? { requireTls: true } : {}) } as const;
  return { message, body, acceptedAt: report.at, rows: hops.map((hop) => ({ ...hop, ...shared })) };
}

async function hopsTo(sender: Address, { accounts }: ReportDeps): Promise<readonly HopRecipients[]> {
  const destination = await accounts.resolve(sender);
  return destination.kind === 'unknown' ? [] : recipientsByHop([{ address: sender, destination }]);
}

function dropped({ row, kind, recipients }: Report, reason: string, { log }: ReportDeps): undefined {
  const about = { message: row.message, row: row.id, sender: row.reversePath };
  log.event('report-dropped', { ...about, kind, reason, ...firstOf(recipients) });
  return undefined;
}

/** Who it is about, for the log. */
export function firstOf(recipients: Report['recipients']): { readonly recipients: number; readonly first: string; readonly reply: string } {
  const [one] = recipients;
  return { recipients: recipients.length, first: one?.recipient.address ?? '', reply: one?.answer.reply ?? '' };
}

export const rowsOf = (reports: readonly NewMessage[]): readonly Pick<SpoolRow, 'nextHop'>[] => reports.flatMap(({ rows }) => rows);
