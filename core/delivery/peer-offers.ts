import type { PeerLimits } from './transport.ts';

/** What a host said to EHLO. After HELO it offers nothing. */
export interface PeerOffers {
  has(extension: 'PIPELINING' | 'DSN' | '8BITMIME' | 'SMTPUTF8' | 'SIZE' | 'REQUIRETLS' | 'AUTH'): boolean;
  /** Octets a message may have (RFC 1870); undefined when it does not say. */
  readonly mostOctets: number | undefined;
  readonly limits: PeerLimits;
}

/** @param lines of the EHLO reply behind the greeting, without their code */
export function parseOffers(lines: readonly string[]): PeerOffers {
  const offers = new Map<string, string>();
  for (const line of lines) {
    const [, keyword, parameters] = /^([A-Za-z0-9][A-Za-z0-9-]*)[ \t=]*(.*)$/.exec(line) ?? [];
    if (keyword !== undefined) offers.set(keyword.toUpperCase(), parameters ?? '');
  }
  return {
    has: (extension) => offers.has(extension),
    mostOctets: number(offers.get('SIZE'), 20),
    limits: parseLimits(offers.get('LIMITS') ?? ''),
  };
}

/** RFC 9422 section 3: `MAILMAX=10 RCPTMAX=100`, at most six digits and not 0; what can't be read is passed over. */
function parseLimits(text: string): PeerLimits {
  const known = { MAILMAX: 'mailMax', RCPTMAX: 'rcptMax', RCPTDOMAINMAX: 'rcptDomainMax' } as const;
  const limits: { -readonly [K in keyof PeerLimits]: PeerLimits[K] } = {};
  for (const word of text.split(/\s+/)) {
    const [, name = '', value] = /^([A-Za-z]+)=(\d+)$/.exec(word) ?? [];
    const limit = number(value, 6);
    const key = known[name.toUpperCase() as keyof typeof known];
    if (key !== undefined && limit !== undefined) limits[key] = limit;
  }
  return limits;
}

/** @returns undefined when it is none, or 0, which says "no limit" in SIZE and nothing in LIMITS */
const number = (text: string | undefined, mostDigits: number): number | undefined =>
  text !== undefined && /^\d+$/.test(text) && text.length <= mostDigits && Number(text) > 0 ? Number(text) : undefined;
