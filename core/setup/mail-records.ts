import type { Policy } from '../delivery/mta-sts/policy.ts';
import type { Address } from '../values/address.ts';
import { type DnsRecord, type Purpose, purposes } from './dns-record.ts';
import type { MailService } from './mail-service.ts';
import { type DmarcPolicy, reportRecords } from './report-records.ts';
import { senderPolicy } from './sender-policy.ts';
import type { SendingHosts } from './sending-hosts.ts';
import { serviceRecords } from './service-records.ts';
import { transportPolicyRecord } from './transport-policy.ts';

/** All that is published for a domain in the DNS is made from. */
export interface MailRecordFacts {
  readonly service: MailService;
  readonly senders: SendingHosts;
  /** The name that leads to the addresses direct sessions leave from. */
  readonly directName: string;
  readonly includes: readonly string[];
  /** Public halves of our own keys, by name. */
  readonly keys: readonly { readonly name: string; readonly text: string }[];
  readonly dmarc: DmarcPolicy;
  readonly reports: Address;
  /** Undefined when the domain's mail does not come here. */
  readonly sts: { readonly policy: Policy; readonly id: string } | undefined;
}

/** What has to be known, or done by hand, about the records of a purpose. */
export interface Note {
  readonly about: Purpose;
  readonly text: string;
}

/** In the order of their purposes. */
export function mailRecords(facts: MailRecordFacts): readonly DnsRecord[] {
  const records = Map.groupBy(recordsOf(facts), ({ purpose }) => purpose);
  return purposes.flatMap((purpose) => records.get(purpose) ?? []);
}

function recordsOf(facts: MailRecordFacts): readonly DnsRecord[] {
  const { service, keys, dmarc, reports, sts } = facts;
  const { domain, hostname, smtp } = service;
  const spf = senderPolicy(facts);
  return [
    ...(smtp.enabled ? [{ purpose: 'MX', name: domain, data: { type: 'MX', preference: 10, exchange: hostname } } as const] : []),
    ...(spf === undefined ? [] : [{ purpose: 'SPF', name: domain, data: { type: 'TXT', text: spf } } as const]),
    ...keys.map(({ name, text }) => ({ purpose: 'DKIM', name, data: { type: 'TXT', text } }) as const),
    ...reportRecords(domain, dmarc, reports),
    ...(sts === undefined ? [] : [transportPolicyRecord(domain, sts.id)]),
    ...serviceRecords(service),
  ];
}

export const mailNotes = (facts: MailRecordFacts): readonly Note[] => [
  ...mailHostNotes(facts.service),
  ...senderNotes(facts),
  ...keyNotes(facts),
  ...(facts.dmarc === 'none'
    ? [note('DMARC', 'p=none asks for reports alone; --dmarc quarantine, then reject, once they show only mail of your own.')]
    : []),
  ...(facts.sts?.policy.mode === 'testing'
    ? [note('MTA-STS', 'The mode testing asks for reports alone; --mta-sts enforce once they show no failures.')]
    : []),
];

const note = (about: Purpose, text: string): Note => ({ about, text });

function mailHostNotes({ hostname, domain, smtp }: MailService): readonly Note[] {
  if (!smtp.enabled)
    return [
      note('MX', 'smtp/enabled is off: mail does not come here, so there is no MX record.'),
      note('MTA-STS', `Where one was published: first serve --mta-sts none as long as its max_age, then remove _mta-sts.${domain}.`),
    ];
  const notes = [note('MX', `${hostname} needs A or AAAA records of its own: a CNAME will not do (RFC 2181 section 10.3).`)];
  return smtp.port === 25
    ? notes
    : [...notes, note('MX', `Other hosts connect to port 25, always: let it lead to port ${smtp.port}, where SMTP is served here.`)];
}

function senderNotes({ service, senders, directName, includes }: MailRecordFacts): readonly Note[] {
  const { domain } = service;
  const known = includes.length > 0;
  return [
    ...(senders.direct
      ? [note('SPF', `Mail leaves from the addresses of ${directName}. Where it leaves from others, put ip4: and ip6: terms in.`)]
      : []),
    ...(known
      ? []
      : senders.smarthosts.map((host) =>
          note('SPF', `No record: mail leaves by ${host}. Ask who runs it what to include, then: mailweir dns ${domain} --include NAME`),
        )),
    ...(senders.ses
      ? [
          note(
            'SPF',
            `SES: include:amazonses.com counts for the reverse-path. With a MAIL FROM domain of your own it needs the same record, and MX 10 feedback-smtp.<region>.amazonses.com.`,
          ),
        ]
      : []),
  ];
}

/** Of our keys those that are there count; SES has its own, which only SES can tell. */
function keyNotes({ service, senders, keys }: MailRecordFacts): readonly Note[] {
  const { domain } = service;
  const signsHere = senders.direct || senders.smarthosts.length > 0 || !senders.ses;
  return [
    ...(senders.ses
      ? [
          note(
            'DKIM',
            `SES signs with keys of its own: aws sesv2 create-email-identity --email-identity ${domain} --query DkimAttributes.Tokens (get-email-identity once it is there). For each of the three tokens it asks for: <token>._domainkey.${domain}. CNAME <token>.dkim.amazonses.com.`,
          ),
        ]
      : []),
    ...(signsHere && keys.length === 0 ? [note('DKIM', `There is no key, so mail is not signed: mailweir dkim add ${domain}`)] : []),
  ];
}
