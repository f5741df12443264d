import type { Resolver } from './resolver.ts';

/** Lower preference first. */
export type MxRecords = Awaited<ReturnType<Resolver['mx']>>;

/** What a domain's MX records say. */
export type MailHosts =
  | { readonly kind: 'hosts'; readonly hosts: MxRecords }
  /** No MX record: the domain's own addresses take its mail (RFC 5321 section 5.1). */
  | { readonly kind: 'implicit' }
  /** RFC 7505: the domain takes no mail. */
  | { readonly kind: 'null-mx' }
  /** We are the best host for it, so sending it on would come back to us. */
  | { readonly kind: 'ourselves' };

const mostHosts = 10; // a list without end must not hold a session for hours

/**
 * Hosts in the order they are to be tried: by preference, at random among equals. Hosts no better than ourselves are cut, or mail would
 * go in circles (RFC 5321 section 5.1).
 * @param random uniform in [0, 1)
 */
export function orderMailHosts(records: MxRecords, ourName: string, random: () => number): MailHosts {
  const named = records.map(({ preference, host }) => ({ preference, host: host.replace(/\.$/, '').toLowerCase() }));
  if (named.length === 0) return { kind: 'implicit' };
  const usable = named.filter(({ host }) => host !== '');
  if (usable.length === 0) return { kind: 'null-mx' };

  const ours = Math.min(...usable.filter(({ host }) => host === ourName.toLowerCase()).map(({ preference }) => preference));
  const better = usable
    .filter(({ preference }) => preference < ours)
    .map((record) => ({ ...record, lot: random() }))
    .sort((a, b) => a.preference - b.preference || a.lot - b.lot)
    .slice(0, mostHosts);
  return better.length === 0
    ? { kind: 'ourselves' }
    : { kind: 'hosts', hosts: better.map(({ preference, host }) => ({ preference, host })) };
}
