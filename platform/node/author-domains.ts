import { domainToASCII } from 'node:url';
import { getAddressDomains } from 'mailauth/lib/dmarc/author-domain.js';
import { parseAddressList } from '../../core/message/address-list.ts';
import { fieldValue, headerFields } from '../../core/message/header.ts';

const mostFields = 5; // RFC 5322 section 3.6 allows one
const mostField = 65_536; // octets
const mostDomains = 5;

export interface AuthorDomains {
  /** As the DNS knows them. */
  readonly domains: readonly string[];
  /** There are more authors, or longer fields, than are looked at. */
  readonly beyondMeasure: boolean;
}

/**
 * The domains of all From fields. What mail programs make of a field that is written in an odd way differs, so several readings count: who
 * is shown as the author to anybody must not be somebody whose policy nobody asked for.
 * @param block the whole header, octets as latin1. @param others addresses that another reader found
 */
export function authorDomains(block: string, others: readonly string[]): AuthorDomains {
  const fields = [...headerFields(block)].filter(({ name }) => name.toLowerCase() === 'from');
  const values = fields.slice(0, mostFields).map((field) => fieldValue(block, field, mostField));
  const found = new Set<string>();
  for (const address of others) for (const { authorDomain } of getAddressDomains(address)) found.add(authorDomain);
  for (const value of values) for (const domain of domainsOf(value)) found.add(domain);
  const domains = [...found];
  const tooLong = fields.some(({ valueStart, end }) => end - valueStart > mostField);
  return { domains: domains.slice(0, mostDomains), beyondMeasure: tooLong || fields.length > mostFields || domains.length > mostDomains };
}

/** With nothing that is an address, whatever stands behind an @: somebody who passes over a quote that has no end would see one. */
function domainsOf(value: string): readonly string[] {
  const listed = parseAddressList(value).flatMap(({ host }) => inDns(host ?? ''));
  return listed.length > 0 ? listed : [...value.matchAll(/@([^\s"<>(),:;\\@[\]]+)/g)].flatMap(([, host]) => inDns(host ?? ''));
}

/** @param host octets as latin1 */
function inDns(host: string): readonly string[] {
  const ascii = domainToASCII(Buffer.from(host, 'latin1').toString('utf8')).replace(/\.$/, '');
  return ascii === '' ? [] : [ascii];
}
