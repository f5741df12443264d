import type { Resolver } from '../resolver.ts';

/** Gets a domain's policy over HTTPS from where RFC 8461 section 3.3 has it. */
export interface PolicyFetcher {
  /**
   * @param resolver where the addresses of `mta-sts.<domain>` are asked
   * @returns the body, of at most 64 KB. @throws for whatever is not a whole answer of 200 from a host that can show by its certificate
   *   that it is that one: redirects, other codes, too much, too slow
   */
  fetch(domain: string, resolver: Resolver): Promise<string>;
}
