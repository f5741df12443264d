import { Resolver as DnsResolver } from 'node:dns/promises';
import { domainToASCII } from 'node:url';
import { DnsTemporary, type Resolver } from '../../core/delivery/resolver.ts';
import { type IpAddress, parseIp } from '../../core/values/network.ts';

export interface ResolverOptions {
  /** @default what the system is configured with */
  readonly servers?: readonly string[];
  /** ms per try. @default 5000 */
  readonly timeout?: number;
  /** @default 3 */
  readonly tries?: number;
}

/** The name, or the record, is not there: an answer, not a failure. */
const nothingThere: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** Asks the DNS itself, not the hosts file: mail goes where the DNS says. */
export function systemResolver({ servers, timeout = 5000, tries = 3 }: ResolverOptions = {}): Resolver {
  const dns = new DnsResolver({ timeout, tries });
  if (servers !== undefined) dns.setServers(servers);

  const ask = async <T>(name: string, question: (ascii: string) => Promise<readonly T[]>): Promise<readonly T[]> => {
    const ascii = domainToASCII(name);
    if (ascii === '') return []; // no name that could ever be registered
    try {
      return await question(ascii);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (nothingThere.has(code)) return [];
      throw new DnsTemporary(`the name server did not answer for ${ascii} (${code || 'no code'})`, { cause: error });
    }
  };

  return {
    mx: async (domain) =>
      (await ask(domain, (name) => dns.resolveMx(name))).map(({ priority, exchange }) => ({ preference: priority, host: exchange })),
    addresses: (host, family) => addressesOf(host, family, ask, dns),
    txt: async (name) => (await ask(name, (ascii) => dns.resolveTxt(ascii))).map((chunks) => chunks.join('')),
    pointers: (name) => ask(name, (ascii) => dns.resolvePtr(ascii)),
  };
}

const loopback = ['127.0.0.1', '::1'].flatMap((text) => parseIp(text) ?? []);

type Ask = <T>(name: string, question: (ascii: string) => Promise<readonly T[]>) => Promise<readonly T[]>;

/** IPv4 first: an IPv6 address without a name of its own is refused by many hosts. One family's failure is no failure while the other answers. */
async function addressesOf(host: string, family: 4 | 6 | undefined, ask: Ask, dns: DnsResolver): Promise<readonly IpAddress[]> {
  if (/^(?:.+\.)?localhost\.?$/i.test(host)) return loopback; // RFC 6761 section 6.3: never asked of a name server
  const none: Promise<readonly string[]> = Promise.resolve([]);
  const [v4, v6] = await Promise.allSettled([
    family === 6 ? none : ask(host, (name) => dns.resolve4(name)),
    family === 4 ? none : ask(host, (name) => dns.resolve6(name)),
  ]);
  const found = [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (found.length > 0) return found.flatMap((text) => parseIp(text) ?? []);
  for (const answer of [v4, v6]) if (answer.status === 'rejected') throw answer.reason;
  return [];
}
