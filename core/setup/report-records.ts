import { type Address, domainOf, localPartOf } from '../values/address.ts';
import { asciiDomain } from '../values/ascii-domain.ts';
import type { DnsRecord } from './dns-record.ts';

export const dmarcPolicies = ['none', 'quarantine', 'reject'] as const;
export type DmarcPolicy = (typeof dmarcPolicies)[number];

/** What others shall do with mail that is not the domain's own (RFC 7489), and where they report it and failing TLS (RFC 8460). */
export function reportRecords(domain: string, policy: DmarcPolicy, reports: Address): readonly DnsRecord[] {
  const rua = mailtoUri(reports);
  const reportDomain = asciiDomain(domainOf(reports));
  return [
    { purpose: 'DMARC', name: `_dmarc.${domain}`, data: { type: 'TXT', text: `v=DMARC1; p=${policy}; rua=${rua}` } },
    ...(isWithin(reportDomain, domain) ? [] : [foreignReports(domain, reportDomain)]),
    { purpose: 'TLS-RPT', name: `_smtp._tls.${domain}`, data: { type: 'TXT', text: `v=TLSRPTv1; rua=${rua}` } },
  ];
}

/** Another domain has to say that it takes reports about this one (RFC 7489 section 7.1). */
const foreignReports = (domain: string, reportDomain: string): DnsRecord => ({
  purpose: 'DMARC',
  name: `${domain}._report._dmarc.${reportDomain}`,
  data: { type: 'TXT', text: 'v=DMARC1' },
});

const isWithin = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);

/** Also without what DMARC and TLS-RPT give a meaning of their own: `!`, `,` and `;`. */
function mailtoUri(address: Address): string {
  const local = encodeURIComponent(localPartOf(address)).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return `mailto:${local}@${asciiDomain(domainOf(address))}`;
}
