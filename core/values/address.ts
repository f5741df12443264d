import type { Brand } from './brand.ts';

/** `local@domain`: local part as given, domain in lower case (RFC 5321 section 2.4: only the domain is case-insensitive for sure). */
export type Address = Brand<string, 'Address'>;

/** Who logs in: the account's own address, all lower case. */
export type AccountId = Brand<string, 'AccountId'>;

/** `MAIL FROM`; the empty string is the null reverse-path `<>` of reports (RFC 5321 section 4.5.5). */
export type ReversePath = Address | '';

const maxLocalPart = 64; // RFC 5321 section 4.5.3.1.1, octets
const maxDomain = 255; // RFC 5321 section 4.5.3.1.2, octets

/** dot-string of RFC 5321 section 4.1.2 widened by RFC 6531 section 3.3 (any code point above ASCII), or a quoted-string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar is about control characters
const localPart = /^(?:[^\x00-\x20\x7f()<>[\]:;@\\,."]+(?:\.[^\x00-\x20\x7f()<>[\]:;@\\,."]+)*|"(?:[^\x00-\x1f\x7f"\\]|\\[\x20-\x7e])*")$/u;
const domainName =
  /^(?=.{1,253}$)(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}])?)(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}])?)*$/u;
const addressLiteral = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]$/i;

/** @returns undefined when the text is no mailbox by RFC 5321 section 4.1.2; line breaks and controls never pass */
export function parseAddress(text: string): Address | undefined {
  const at = text.lastIndexOf('@');
  if (at < 1) return undefined;
  const local = text.slice(0, at);
  const domain = text.slice(at + 1).toLowerCase();
  if (octets(local) > maxLocalPart || octets(domain) > maxDomain) return undefined;
  if (!localPart.test(local)) return undefined;
  if (!domainName.test(domain) && !addressLiteral.test(domain)) return undefined;
  return `${local}@${domain}` as Address;
}

/** @returns the account that has this address as its own name */
export const accountIdOf = (address: Address): AccountId => address.toLowerCase() as string as AccountId;

export const parseAccountId = (text: string): AccountId | undefined => {
  const address = parseAddress(text);
  return address === undefined ? undefined : accountIdOf(address);
};

export const domainOf = (address: Address | AccountId): string => address.slice(address.lastIndexOf('@') + 1);
export const localPartOf = (address: Address | AccountId): string => address.slice(0, address.lastIndexOf('@'));

function octets(text: string): number {
  let count = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    count += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return count;
}
