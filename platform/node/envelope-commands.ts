import { domainToASCII } from 'node:url';
import type { PeerOffers } from '../../core/delivery/peer-offers.ts';
import type { Outgoing } from '../../core/delivery/transport.ts';
import { type Address, domainOf, localPartOf } from '../../core/values/address.ts';
import { formatOriginal } from '../../core/values/original-recipient.ts';
import { encodeXtext } from '../../core/values/xtext.ts';

/** What is said of the octets that are really sent, which may be others than the spooled ones. */
export interface SentBody {
  readonly size: number;
  readonly eightBit: boolean;
}

/** MAIL with the parameters that the host offers and the message needs (RFC 5321 section 4.1.1.2). */
export function mailCommand(message: Outgoing, { size, eightBit }: SentBody, offers: PeerOffers): string {
  const { reversePath, reports = {}, declared, requireTls } = message;
  const utf8 = declared.utf8 || [reversePath, ...message.recipients.map(({ address }) => address)].some(needsUtf8);
  const dsn = offers.has('DSN');
  return [
    `MAIL FROM:<${asciiDomain(reversePath)}>`,
    ...(offers.has('SIZE') ? [`SIZE=${size}`] : []), // RFC 1870
    ...(eightBit && offers.has('8BITMIME') ? ['BODY=8BITMIME'] : []), // RFC 6152
    ...(utf8 && offers.has('SMTPUTF8') ? ['SMTPUTF8'] : []), // RFC 6531
    ...(dsn && reports.return !== undefined ? [`RET=${reports.return === 'full' ? 'FULL' : 'HDRS'}`] : []), // RFC 3461
    ...(dsn && reports.envelopeId !== undefined ? [`ENVID=${encodeXtext(reports.envelopeId)}`] : []),
    ...(requireTls === true && offers.has('REQUIRETLS') ? ['REQUIRETLS'] : []), // RFC 8689
  ].join(' ');
}

/** RCPT; what its sender wants to hear goes on with it to hosts that know DSN. */
export function rcptCommand({ address, notify, original }: Outgoing['recipients'][number], offers: PeerOffers): string {
  const command = `RCPT TO:<${asciiDomain(address)}>`;
  if (!offers.has('DSN')) return command;
  const wanted = notify === undefined ? '' : ` NOTIFY=${notify === 'never' ? 'NEVER' : notify.join(',').toUpperCase()}`;
  return `${command}${wanted}${original === undefined ? '' : ` ORCPT=${formatOriginal(original)}`}`;
}

/** The domain of an address can always be said in ASCII, its local part can not. */
export const needsUtf8 = (path: Address | ''): boolean => path !== '' && !isAscii(localPartOf(path));

/** A name in Unicode goes out in the form every host knows (RFC 5890). */
function asciiDomain(path: Address | ''): string {
  if (path === '' || isAscii(path)) return path;
  const domain = domainOf(path);
  return `${localPartOf(path)}@${domainToASCII(domain) || domain}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
