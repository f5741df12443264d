import { type Entrance, entrances, incoming, type MailService } from './mail-service.ts';
import { element, type XmlElement, xmlDocument } from './xml.ts';

const answerSpace = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006';
const outlookSpace = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';

/**
 * Outlook's autodiscover.xml (POX, MS-OXDSCLI). A file is the same answer for everybody, so it can't name the user: it names the domain,
 * and Outlook puts it behind the local part of the address that it was given.
 */
export function autodiscover(service: MailService): string {
  const best = <T extends Entrance>(all: readonly T[]): readonly T[] => all.slice(0, 1);
  const readers = incoming(service);
  const protocols = [
    ...best(readers.filter(({ protocol }) => protocol === 'imap')).map((one) => protocolOf('IMAP', one, service)),
    ...best(readers.filter(({ protocol }) => protocol === 'pop3')).map((one) => protocolOf('POP3', one, service)),
    ...best(entrances(service.msa)).map((one) => protocolOf('SMTP', one, service)),
  ];
  const account = element('Account', [element('AccountType', 'email'), element('Action', 'settings'), ...protocols]);
  return xmlDocument(element('Autodiscover', [element('Response', [account], { xmlns: outlookSpace })], { xmlns: answerSpace }));
}

const protocolOf = (type: 'IMAP' | 'POP3' | 'SMTP', { port, tls }: Entrance, { hostname, domain }: MailService): XmlElement =>
  element('Protocol', [
    element('Type', type),
    element('Server', hostname),
    element('Port', String(port)),
    element('DomainRequired', 'on'),
    element('DomainName', domain),
    element('SPA', 'off'),
    element('SSL', 'on'), // of Outlook 2007, which does not know the next one
    element('Encryption', tls === 'implicit' ? 'SSL' : 'TLS'),
    element('AuthRequired', 'on'),
    ...(type === 'SMTP' ? [element('UsePOPAuth', 'on'), element('SMTPLast', 'off')] : []),
  ]);
