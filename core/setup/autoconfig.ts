import { type Entrance, entrances, incoming, type MailService } from './mail-service.ts';
import { element, type XmlElement, xmlDocument } from './xml.ts';

/** Thunderbird's config-v1.1.xml, which K-9, Evolution and KMail read too. Servers stand in the order in which a client is to try them. */
export function autoconfig(service: MailService): string {
  const { domain, msa } = service;
  return xmlDocument(
    element(
      'clientConfig',
      [
        element(
          'emailProvider',
          [
            element('domain', domain),
            element('displayName', domain),
            element('displayShortName', domain),
            ...incoming(service).map((entrance) => server('incomingServer', entrance.protocol, entrance, service)),
            ...entrances(msa).map((entrance) => server('outgoingServer', 'smtp', entrance, service)),
          ],
          { id: domain },
        ),
      ],
      { version: '1.1' },
    ),
  );
}

const server = (name: string, type: string, { port, tls }: Entrance, { hostname }: MailService): XmlElement =>
  element(
    name,
    [
      element('hostname', hostname),
      element('port', String(port)),
      element('socketType', tls === 'implicit' ? 'SSL' : 'STARTTLS'),
      element('username', '%EMAILADDRESS%'), // filled in by the client
      element('authentication', 'password-cleartext'), // inside TLS
    ],
    { type },
  );
