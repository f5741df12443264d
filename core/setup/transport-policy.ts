import { formatPolicy, type Policy } from '../delivery/mta-sts/policy.ts';
import type { DnsRecord } from './dns-record.ts';
import type { MailService } from './mail-service.ts';

/** Seconds. What is only tried out is soon forgotten; what protects is remembered for weeks (RFC 8461 section 3.2). */
const maxAge = { testing: 86_400, enforce: 1_209_600, none: 86_400 } as const;

export const stsModes = ['testing', 'enforce', 'none'] as const;
export type StsMode = (typeof stsModes)[number];

/** The policy of a domain whose mail this edge takes: its one mail host is the edge. */
export const transportPolicy = ({ hostname }: Pick<MailService, 'hostname'>, mode: StsMode): Policy => ({
  mode,
  mx: [hostname.toLowerCase()],
  maxAge: maxAge[mode],
});

/** The file at `https://mta-sts.<domain>/.well-known/mta-sts.txt`. */
export const transportPolicyText = formatPolicy;

/** @param id changes with the text of the policy, and only with it (RFC 8461 section 3.1) */
export const transportPolicyRecord = (domain: string, id: string): DnsRecord => ({
  purpose: 'MTA-STS',
  name: `_mta-sts.${domain}`,
  data: { type: 'TXT', text: `v=STSv1; id=${id};` },
});
