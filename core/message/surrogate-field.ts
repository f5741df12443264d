import { isAscii } from '../values/ascii.ts';
import type { EnvelopeAddress } from '../values/message-facts.ts';
import { parseAddressList } from './address-list.ts';
import { unfold } from './header.ts';
import { sevenBitHeader } from './seven-bit-header.ts';
import { encodedWords } from './write-field.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A header field for programs that know only ASCII there, as RFC 6858 has it: text becomes encoded-words, an address outside ASCII one that is
 * invalid, with the true one in its name; fields whose syntax leaves no room for either go. Octets that are no UTF-8 are no such text, and stay.
 * @param field whole, with its line end, octets as latin1
 */
export function surrogateField(field: string): string {
  if (isAscii(field) || decoded(field) === undefined) return field;
  const colon = field.indexOf(':');
  const name = field.slice(0, colon).trimEnd();
  const lower = name.toLowerCase();
  if (colon < 0 || !isAscii(name) || withoutText.test(lower)) return '';
  if (!addressField.test(lower)) return sevenBitHeader(field, { isMessage: false });
  const addresses = surrogateAddresses(parseAddressList(unfold(field.slice(colon + 1))));
  return addresses === '' ? '' : `${name}: ${addresses}\r\n`;
}

const addressField = /^(?:(?:resent-)?(?:from|sender|to|cc|bcc|reply-to)|return-path|delivered-to|disposition-notification-to)$/;
const withoutText =
  /^(?:(?:resent-)?(?:message-id|date)|in-reply-to|references|received|content-(?:id|transfer-encoding)|mime-version|(?:arc-.*)|dkim-signature|authentication-results)$/;

/** RFC 6858 section 2.1. One address a line. */
function surrogateAddresses(addresses: readonly EnvelopeAddress[]): string {
  let text = '';
  let separator = '';
  for (const address of addresses) {
    if (address.mailbox === undefined) {
      text += ';';
      separator = ',\r\n ';
    } else if (address.host === undefined) {
      text += `${separator}${phrase(address.mailbox)}:`;
      separator = ' ';
    } else {
      text += separator + surrogateAddress(address);
      separator = ',\r\n ';
    }
  }
  return text;
}

function surrogateAddress({ name, mailbox = '', host = '' }: EnvelopeAddress): string {
  const address = host === '' ? mailbox : `${mailbox}@${host}`;
  if (isAscii(address)) {
    const written = host === '' ? localPart(mailbox) : `${localPart(mailbox)}@${host}`;
    return name === undefined ? `<${written}>` : `${phrase(name)} <${written}>`;
  }
  const shown = name === undefined ? phrase(address) : `${phrase(name)}\r\n ${words(` <${address}>`)}`;
  return `${shown}\r\n <invalid@internationalized-address.invalid>`;
}

const encodedWord = /^(?:=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=\s*)+$/;

/** A name as it may stand before an address. Encoded-words stay what they are. */
function phrase(text: string): string {
  if (!isAscii(text)) return words(text);
  return encodedWord.test(text) ? text : quoted(text);
}

const words = (octets: string): string =>
  encodedWords(decoded(octets) ?? octets.replace(/[\x80-\xff]/g, '?')).replaceAll('?= =?', '?=\r\n =?');

const localPart = (text: string): string => (/^[^\s()<>,;:@"[\]\\]+$/.test(text) ? text : quoted(text));
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&').replace(/[\r\n]/g, ' ')}"`;

function decoded(octets: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(octets, 'latin1'));
  } catch {
    return undefined;
  }
}
