import type { Flag } from '../../../core/values/flags.ts';
import type { Envelope, EnvelopeAddress, MimePart } from '../../../core/values/message-facts.ts';
import { formatAstring, formatNstring, formatString } from './format-string.ts';
import { encodeModifiedUtf7 } from './mailbox-name.ts';

/** All give octets as latin1, ready to be written; a literal inside is complete with its size and line break. */

/** @param utf8 the session has UTF8=ACCEPT enabled: names go out as UTF-8, which only a quoted string may carry (RFC 6855 section 3) */
export function formatMailbox(name: string, utf8 = false): string {
  if (!utf8) return formatAstring(encodeModifiedUtf7(name));
  const octets = Buffer.from(name, 'utf8').toString('latin1');
  return /[\x80-\xff]/.test(octets) ? `"${octets.replace(/["\\]/g, '\\$&')}"` : formatAstring(octets);
}

/** @param recent adds `\Recent`, which is a session's and not stored */
export const formatFlags = (flags: readonly Flag[], recent = false): string => `(${(recent ? [...flags, '\\Recent'] : flags).join(' ')})`;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const digits = (n: number, width: number): string => `${n}`.padStart(width, '0');

/** @param ms since the epoch. @returns `"17-Jul-1996 02:44:25 +0000"`, quotes included; a day below 10 has a space in front */
export function formatInternalDate(ms: number): string {
  const date = new Date(ms);
  const day = `${date.getUTCDate()}`.padStart(2, ' ');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map((n) => digits(n, 2)).join(':');
  return `"${day}-${months[date.getUTCMonth()]}-${digits(date.getUTCFullYear(), 4)} ${time} +0000"`;
}

/**
 * How far a command has come (RFC 9585 section 4). A tag with `]` would end the code it stands in. The goal has to be above what is done.
 * @returns a response code without its brackets
 */
export function formatProgress(tag: string, decided: { readonly done: number; readonly of: number } | undefined): string {
  const name = tag.includes(']') ? 'NIL' : formatString(tag);
  return `INPROGRESS (${name} ${decided === undefined || decided.done >= decided.of ? 'NIL NIL' : `${decided.done} ${decided.of}`})`;
}

/** RFC 3501 section 7.4.2: an absent Sender or Reply-To is what From is. */
export function formatEnvelope(envelope: Envelope): string {
  // Sender and Reply-To are mostly those of From, and told as often as all else together.
  const from = formatAddresses(envelope.from);
  const orFrom = (list: readonly EnvelopeAddress[]): string => (list.length > 0 ? formatAddresses(list) : from);
  const { date, subject, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = envelope;
  const senders = `${from} ${orFrom(sender)} ${orFrom(replyTo)}`;
  const others = `${formatAddresses(to)} ${formatAddresses(cc)} ${formatAddresses(bcc)}`;
  return `(${formatNstring(date)} ${formatNstring(subject)} ${senders} ${others} ${formatNstring(inReplyTo)} ${formatNstring(messageId)})`;
}

/** Entries stand without spaces between them (RFC 3501 section 9, env-from). */
const formatAddresses = (list: readonly EnvelopeAddress[]): string => (list.length === 0 ? 'NIL' : `(${list.map(formatAddress).join('')})`);

const formatAddress = ({ name, route, mailbox, host }: EnvelopeAddress): string =>
  `(${formatNstring(name)} ${formatNstring(route)} ${formatNstring(mailbox)} ${formatNstring(host)})`;

/**
 * @param extended BODYSTRUCTURE; without it BODY, which has no extension data (RFC 3501 section 7.4.2)
 * @param global message/global is told like message/rfc822 (RFC 9051 section 9, media-message): IMAP4rev1's grammar knows the latter only
 */
export function formatBodyStructure(part: MimePart, extended: boolean, global = false): string {
  if (part.parts !== undefined) {
    const inside = part.parts.map((one) => formatBodyStructure(one, extended, global)).join('');
    const extension = extended ? ` ${formatParams(part.params)} ${formatPlace(part)}` : '';
    return `(${inside} ${formatString(part.subtype)}${extension})`;
  }
  const extension = extended ? ` ${formatNstring(part.md5)} ${formatPlace(part)}` : '';
  return `(${formatBasic(part)}${formatOfType(part, extended, global)}${extension})`;
}

const formatBasic = (part: MimePart): string =>
  [
    formatString(part.type),
    formatString(part.subtype),
    formatParams(part.params),
    formatNstring(part.id),
    formatNstring(part.description),
    formatString(part.encoding),
    `${part.bodyEnd - part.bodyStart}`,
  ].join(' ');

function formatOfType(part: MimePart, extended: boolean, global: boolean): string {
  if (part.type === 'text') return ` ${part.lines}`;
  if (part.message === undefined || (part.subtype !== 'rfc822' && !global)) return '';
  return ` ${formatEnvelope(part.message.envelope)} ${formatBodyStructure(part.message.structure, extended, global)} ${part.lines}`;
}

const formatPlace = ({ disposition, language, location }: MimePart): string =>
  [
    disposition === undefined ? 'NIL' : `(${formatString(disposition.type)} ${formatParams(disposition.params)})`,
    language === undefined || language.length === 0 ? 'NIL' : `(${language.map(formatString).join(' ')})`,
    formatNstring(location),
  ].join(' ');

const formatParams = (params: MimePart['params']): string =>
  params.length === 0 ? 'NIL' : `(${params.map(([name, value]) => `${formatString(name)} ${formatString(value)}`).join(' ')})`;
