import { Resolver as DnsResolver } from 'node:dns/promises';
import { DnsTemporary, type Resolver } from '../../core/delivery/resolver.ts';
import type { Clock } from '../../core/values/clock.ts';
import { type IpAddress, parseIp } from '../../core/values/network.ts';
import { systemClock } from './clock.ts';
import { type Answer, DnsAnswers } from './dns-answers.ts';
import { dnsName } from './dns-name.ts';

export interface ResolverOptions {
  /** @default what the system is configured with */
  readonly servers?: readonly string[];
  /** ms per try. @default 5000 */
  readonly timeout?: number;
  /** @default 3 */
  readonly tries?: number;
  /** @default - the machine's clock */
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/** The name, or the record, is not there: an answer, not a failure. */
const nothingThere: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);
/** Records of one answer that are looked at: a list without end must not hold anybody up. */
const mostRecords = 100;
const mostText = 4096; // characters of one TXT record

/** Asks the DNS itself, not the hosts file: mail goes where the DNS says. Answers are kept as long as they may be, see DnsAnswers. */
export function systemResolver({ servers, timeout = 5000, tries = 3, clock = systemClock }: ResolverOptions = {}): Resolver {
  const dns = new DnsResolver({ timeout, tries });
  if (servers !== undefined) dns.setServers(servers);
  const answers = new DnsAnswers(clock);

  const ask = async <T>(type: string, name: string, question: (ascii: string) => Promise<Answer<T>>): Promise<readonly T[]> => {
    const ascii = dnsName(name);
    if (ascii === undefined) return []; // no name that could ever be registered
    return answers.ask(`${type} ${ascii}`, () => answered(ascii, () => question(ascii)));
  };

  return {
    mx: async (domain) => {
      const records = await ask('MX', domain, async (name) => ({ records: await dns.resolveMx(name) }));
      return records.map(({ priority, exchange }) => ({ preference: priority, host: exchange }));
    },
    addresses: (host, family) => addressesOf(host, family, ask, dns),
    txt: (name) =>
      ask('TXT', name, async (ascii) => ({ records: (await dns.resolveTxt(ascii)).map((parts) => parts.join('').slice(0, mostText)) })),
    pointers: (name) => ask('PTR', name, async (ascii) => ({ records: await dns.resolvePtr(ascii) })),
  };
}

async function answered<T>(ascii: string, question: () => Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    const { records, ttl } = await question();
    return { records: records.slice(0, mostRecords), ttl };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (nothingThere.has(code)) return { records: [] };
    throw new DnsTemporary(`the name server did not answer for ${ascii} (${code || 'no code'})`, { cause: error });
  }
}

const loopback = ['127.0.0.1', '::1'].flatMap((text) => parseIp(text) ?? []);

type Ask = <T>(type: string, name: string, question: (ascii: string) => Promise<Answer<T>>) => Promise<readonly T[]>;

interface TimedAddress {
  readonly address: string;
  readonly ttl: number;
}

/** Both families at once. One family's failure is no failure while the other answers. */
async function addressesOf(host: string, family: 4 | 6 | undefined, ask: Ask, dns: DnsResolver): Promise<readonly IpAddress[]> {
  if (/^(?:.+\.)?localhost\.?$/i.test(host)) return loopback; // RFC 6761 section 6.3: never asked of a name server
  const none: Promise<readonly string[]> = Promise.resolve([]);
  const [v6, v4] = await Promise.allSettled([
    family === 4 ? none : ask('AAAA', host, async (name) => timed(await dns.resolve6(name, { ttl: true }))),
    family === 6 ? none : ask('A', host, async (name) => timed(await dns.resolve4(name, { ttl: true }))),
  ]);
  const found = [v6, v4].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (found.length > 0) return found.flatMap((text) => parseIp(text) ?? []);
  for (const answer of [v6, v4]) if (answer.status === 'rejected') throw answer.reason;
  return [];
}

const timed = (records: readonly TimedAddress[]): Answer<string> => ({
  records: records.map(({ address }) => address),
  ttl: Math.min(...records.map(({ ttl }) => ttl)),
});
