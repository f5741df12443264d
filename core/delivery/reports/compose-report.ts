import { formatDate } from '../../message/date.ts';
import { decodeHeaderText } from '../../message/decoded-text.ts';
import { quotedPrintable } from '../../message/quoted-printable.ts';
import { encodedWords, foldField, oneLine } from '../../message/write-field.ts';
import type { Address } from '../../values/address.ts';
import { isAscii } from '../../values/ascii.ts';
import type { BodyDeclaration } from '../spool.ts';
import type { Report, ReportKind } from './report.ts';
import { reportText } from './report-text.ts';
import type { Returned } from './returned-message.ts';
import { isInternational, statusFields } from './status-fields.ts';

/** What a report needs besides what it says. */
export interface Letterhead {
  /** Our own name. */
  readonly host: string;
  readonly to: Address;
  /** Unique; no line of any message begins with it. */
  readonly id: string;
}

/**
 * A report as a message: multipart/report (RFC 6522) of a text for people, fields for machines (RFC 3464) and what is given back of the
 * message. Seven-bit but for addresses outside ASCII (RFC 6533) and a message given back that is not.
 */
export function composeReport(
  report: Report,
  letterhead: Letterhead,
  returned: Returned | undefined,
): { readonly source: AsyncIterable<Uint8Array>; readonly declared: BodyDeclaration } {
  const international = isInternational(report);
  const declared = { eightBit: international || returned?.encoding === '8bit', utf8: !isAscii(letterhead.to) };
  return { source: octets(report, letterhead, returned, international), declared };
}

async function* octets(
  report: Report,
  letterhead: Letterhead,
  returned: Returned | undefined,
  international: boolean,
): AsyncGenerator<Uint8Array> {
  const { host, id } = letterhead;
  const boundary = `report-${id}`;
  const delimiter = `\r\n--${boundary}`;
  const attached = returned === undefined ? 'nothing' : returned.isWhole ? 'message' : 'header';
  const text = textPart(reportText(report, host, attached));
  const status = `${statusHeader(international)}\r\n${statusFields(report, host)}`;
  yield Buffer.from(`${header(report, letterhead, boundary)}\r\n--${boundary}\r\n${text}${delimiter}\r\n${status}`);
  if (returned !== undefined) {
    yield Buffer.from(`${delimiter}\r\n${returnedHeader(returned)}\r\n`);
    yield* returned.read();
  }
  yield Buffer.from(`${delimiter}--\r\n`);
}

const subjectOf = {
  failed: 'Undeliverable',
  delayed: 'Delayed',
  delivered: 'Delivered',
} as const satisfies Record<ReportKind, string>;

function header({ kind, row, at }: Report, { host, to, id }: Letterhead, boundary: string): string {
  const { subject, messageId } = row.facts.envelope;
  const original = messageId !== undefined && /^<[!-;=?-~]{1,900}>$/.test(messageId) ? messageId : undefined;
  return [
    foldField('Date', formatDate(at)),
    foldField('From', `Mail Delivery System <mailer-daemon@${host}>`),
    foldField('To', `<${to}>`),
    foldField('Subject', `${subjectOf[kind]}: ${subjectText(subject)}`),
    foldField('Message-ID', `<${id}@${host}>`),
    ...(original === undefined ? [] : [foldField('In-Reply-To', original), foldField('References', original)]),
    'Auto-Submitted: auto-replied\r\n', // RFC 3834 section 5
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"\r\n`,
  ].join('');
}

const mostSubject = 200; // characters

/** The original's subject keeps the report in its thread. */
function subjectText(raw: string | undefined): string {
  const decoded = oneLine(decodeHeaderText(raw ?? ''));
  return decoded === '' ? 'your message' : encodedWords(oneLine([...decoded].slice(0, mostSubject).join('')));
}

function textPart(text: string): string {
  const ascii = isAscii(text);
  const type = `Content-Description: Notification\r\nContent-Type: text/plain; charset=${ascii ? 'us-ascii' : 'utf-8'}; format=flowed\r\n`;
  const encoding = `Content-Transfer-Encoding: ${ascii ? '7bit' : 'quoted-printable'}\r\n`;
  return `${type}${encoding}\r\n${ascii ? text : quotedPrintable(Buffer.from(text))}`;
}

const statusHeader = (international: boolean): string =>
  `Content-Description: Delivery report\r\nContent-Type: message/${international ? 'global-delivery-status' : 'delivery-status'}\r\n` +
  `Content-Transfer-Encoding: ${international ? '8bit' : '7bit'}\r\n`;

const returnedHeader = ({ type, encoding, isWhole }: Returned): string =>
  `Content-Description: ${isWhole ? 'Your message' : 'Header of your message'}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n`;
