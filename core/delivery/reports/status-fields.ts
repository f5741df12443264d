import { formatDate } from '../../message/date.ts';
import { foldField } from '../../message/write-field.ts';
import { isAscii } from '../../values/ascii.ts';
import type { Report, ReportedRecipient } from './report.ts';
import { type ReadAnswer, readAnswer, statusOf } from './status-code.ts';

/**
 * The machine's part of a report, RFC 3464 section 2.
 * @param host our name. @returns fields in blocks; with letters outside ASCII only when an address has them (RFC 6533 section 3)
 */
export function statusFields(report: Report, host: string): string {
  const international = isInternational(report);
  const write = (fields: readonly (readonly [name: string, value: string | undefined])[]): string =>
    fields.map(([name, value]) => (value === undefined ? '' : foldField(name, international ? value : asAscii(value)))).join('');
  const { row } = report;
  const message = write([
    ['Original-Envelope-Id', row.reports?.envelopeId],
    ['Reporting-MTA', `dns; ${host}`],
    ['Arrival-Date', formatDate(row.acceptedAt)],
  ]);
  return [message, ...report.recipients.map((one) => write(recipientFields(one, report)))].join('\r\n');
}

export const isInternational = ({ recipients }: Pick<Report, 'recipients'>): boolean =>
  recipients.some(({ recipient }) => !isAscii(recipient.address) || !isAscii(recipient.original ?? ''));

function recipientFields(one: ReportedRecipient, { kind, retryUntil }: Report): readonly (readonly [string, string | undefined])[] {
  const { recipient, action, answer } = one;
  const said = readAnswer(answer);
  const isHosts = said.code !== undefined;
  return [
    ['Original-Recipient', recipient.original === undefined ? undefined : typedAddress(recipient.original)],
    ['Final-Recipient', isAscii(recipient.address) ? `rfc822; ${recipient.address}` : `utf-8; ${unitext(recipient.address)}`],
    ['Action', action],
    ['Status', statusOf(one)],
    ['Remote-MTA', isHosts && answer.host !== undefined ? `dns; ${answer.host}` : undefined],
    ['Diagnostic-Code', diagnostic(answer.reply, said)],
    ['Last-Attempt-Date', formatDate(answer.at)],
    ['Will-Retry-Until', kind === 'delayed' ? formatDate(retryUntil) : undefined],
  ];
}

/** Only what an SMTP host said has the type smtp (RFC 3464 section 2.3.6); ours has one of our own. */
const diagnostic = (reply: string, { code }: ReadAnswer): string | undefined =>
  reply === '' ? undefined : code === undefined ? `X-Mailweir; ${reply}` : `smtp; ${reply}`;

/** `rfc822;bob@example.net` as ORCPT gave it. */
function typedAddress(original: string): string {
  const at = original.indexOf(';');
  const [type, address] = at < 0 ? ['rfc822', original] : [original.slice(0, at), original.slice(at + 1)];
  return `${type}; ${type.toLowerCase() === 'utf-8' ? unitext(address) : address}`;
}

/** utf-8-addr-unitext of RFC 6533 section 3: what xtext would have to escape stands as \x{…}. */
const unitext = (address: string): string =>
  address.replace(/[\\+= ]/g, (char) => `\\x{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);

const asAscii = (value: string): string => value.replace(/[^\x20-\x7e]/gu, '?');
