import { entrances, incoming, type MailService } from './mail-service.ts';
import { element, type XmlElement, xmlDocument } from './xml.ts';

/** Identify a profile and the account in it. A profile with those of an installed one takes its place, one with others stands beside it. */
export interface ProfileIds {
  readonly profile: string;
  readonly account: string;
}

type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

const doctype = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';

/** A configuration profile for Mail on iOS and macOS, not signed. It names no user: whoever installs it is asked for name, address and password. */
export function appleProfile(service: MailService, ids: ProfileIds): string | undefined {
  const account = mailPayload(service, ids.account);
  if (account === undefined) return undefined;
  const { domain } = service;
  const profile: Plain = {
    PayloadContent: [account],
    PayloadDescription: `Sets up mail of ${domain}.`,
    PayloadDisplayName: `Mail of ${domain}`,
    PayloadIdentifier: identifier(domain),
    PayloadRemovalDisallowed: false,
    PayloadType: 'Configuration',
    PayloadUUID: ids.profile,
    PayloadVersion: 1,
  };
  return xmlDocument(element('plist', [plistElement(profile)], { version: '1.0' }), doctype);
}

function mailPayload(service: MailService, uuid: string): Plain | undefined {
  const { domain, hostname, msa } = service;
  // UseSSL with these ports means TLS from the first octet, which is the first entrance of each.
  const [[reader], [sender]] = [incoming(service), entrances(msa)];
  if (reader === undefined || sender === undefined) return undefined;
  return {
    EmailAccountDescription: domain,
    EmailAccountType: reader.protocol === 'imap' ? 'EmailTypeIMAP' : 'EmailTypePOP',
    ...server('Incoming', hostname, reader.port),
    ...server('Outgoing', hostname, sender.port),
    OutgoingPasswordSameAsIncomingPassword: true,
    PayloadDescription: `Mail account of ${domain}.`,
    PayloadDisplayName: domain,
    PayloadIdentifier: `${identifier(domain)}.account`,
    PayloadType: 'com.apple.mail.managed',
    PayloadUUID: uuid,
    PayloadVersion: 1,
  };
}

const server = (side: 'Incoming' | 'Outgoing', hostname: string, port: number): Readonly<Record<string, Plain>> => ({
  [`${side}MailServerAuthentication`]: 'EmailAuthPassword',
  [`${side}MailServerHostName`]: hostname,
  [`${side}MailServerPortNumber`]: port,
  [`${side}MailServerUseSSL`]: true,
});

/** `org.example.mail-setup` for example.org. */
const identifier = (domain: string): string => `${domain.split('.').toReversed().join('.')}.mail-setup`;

function plistElement(value: Plain): XmlElement {
  if (typeof value === 'string') return element('string', value);
  if (typeof value === 'number') return element('integer', String(value));
  if (typeof value === 'boolean') return element(String(value), []);
  if (isList(value)) return element('array', value.map(plistElement));
  return element(
    'dict',
    Object.entries(value).flatMap(([key, one]) => [element('key', key), plistElement(one)]),
  );
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);
