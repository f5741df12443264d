import type { SendingHosts } from './sending-hosts.ts';

/** What the SPF record of a domain needs to know (RFC 7208). */
export interface SenderPolicyFacts {
  readonly senders: SendingHosts;
  /** The name that leads to the addresses direct sessions leave from. */
  readonly directName: string;
  /** Records of others that are to be included: a smarthost's, a newsletter service's. */
  readonly includes: readonly string[];
}

/** A record with more terms that ask the DNS is an error to whoever checks it (RFC 7208 section 4.6.4); an included record brings some of its own. */
export const mostIncludes = 8;

/** @returns undefined while it is not known what a smarthost's addresses are: a record without them would disown mail that is right */
export function senderPolicy({ senders, directName, includes }: SenderPolicyFacts): string | undefined {
  if (senders.smarthosts.length > 0 && includes.length === 0) return undefined;
  const included = [...new Set([...(senders.ses ? ['amazonses.com'] : []), ...includes])];
  const terms = [...(senders.direct ? [`a:${directName}`] : []), ...included.map((name) => `include:${name}`)];
  // Addresses of others change without a word to us: what comes from elsewhere is doubted then, not refused.
  return ['v=spf1', ...terms, included.length === 0 ? '-all' : '~all'].join(' ');
}
