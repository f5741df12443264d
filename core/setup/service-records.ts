import type { DnsRecord } from './dns-record.ts';
import type { LoginService, MailService } from './mail-service.ts';

/**
 * Where clients find submission, IMAP and POP3 (RFC 6186, RFC 8314 section 5.1). The lower priority is preferred: TLS from the first octet
 * before STARTTLS, and IMAP before POP3, whose priorities are compared (RFC 6186 section 3.4).
 */
export function serviceRecords({ domain, hostname, msa, imap, pop3 }: MailService): readonly DnsRecord[] {
  const pair = (service: LoginService, tlsName: string, name: string, priority: number): readonly DnsRecord[] =>
    [
      { label: tlsName, port: service.tlsPort, priority },
      { label: name, port: service.port, priority: priority + 10 },
    ].map(({ label, port, priority }) => ({
      purpose: 'SRV',
      name: `_${label}._tcp.${domain}`,
      data: service.enabled
        ? { type: 'SRV', priority, weight: 1, port, target: hostname }
        : { type: 'SRV', priority: 0, weight: 0, port: 0, target: '.' },
    }));
  return [
    ...pair(msa, 'submissions', 'submission', 0),
    ...pair(imap, 'imaps', 'imap', 0),
    // Behind both of IMAP.
    ...pair(pop3, 'pop3s', 'pop3', 20),
  ];
}
