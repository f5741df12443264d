import { certificateFor, expiredCertificateFor } from '../harness/elsewhere/certificates.ts';
import type { Elsewhere } from '../harness/elsewhere/elsewhere.ts';
import type { MxScript } from '../harness/elsewhere/faults.ts';

/** One domain of the run. What every `nth` transaction meets is counted by the host, so nothing here is random. */
export interface RunDomain {
  readonly name: string;
  /** What is wrong with it. */
  readonly fault?: string;
}

interface FaultKind {
  readonly name: string;
  /** Of the best host. `refuses`: nobody listens there. @default a domain without any host */
  readonly best?: MxScript | 'refuses';
  /** A second host, that works. */
  readonly second?: true;
  /** The DNS says that there is no mail host. */
  readonly nullMx?: true;
}

const each = (n: number, nth: number): boolean => nth % n === n - 1;

const faultKinds: readonly FaultKind[] = [
  { name: 'refuses, second host works', best: 'refuses', second: true },
  { name: 'drops mid-DATA', best: { transaction: (nth) => (each(3, nth) ? { body: 'drop' } : {}) } },
  { name: 'drops behind the dot, before the reply', best: { transaction: (nth) => (each(4, nth) ? { dot: 'drop' } : {}) } },
  { name: 'tarpit, second host works', best: { connection: () => ({ greeting: 'silence' }) }, second: true },
  { name: '421 at the greeting at first', best: { connection: (nth) => (nth < 3 ? { greeting: { reply: '421 4.3.2 busy' } } : {}) } },
  { name: '5xx for some', best: { recipient: (to) => (/[02468]@/.test(to) ? { reply: '550 5.1.1 no such user' } : undefined) } },
  { name: '4xx behind the dot', best: { transaction: (nth) => (each(2, nth) ? { dot: { reply: '451 4.3.0 not now' } } : {}) } },
  { name: 'garbage instead of TLS', best: { tls: certificateFor('other.example'), connection: () => ({ handshake: 'garbage' }) } },
  { name: '421 at MAIL', best: { transaction: (nth) => (each(5, nth) ? { mail: { reply: '421 4.3.2 enough' } } : {}) } },
  { name: 'null MX', nullMx: true },
  { name: 'closes behind the reply', best: { transaction: (nth) => (each(3, nth) ? { afterReply: 'close' } : {}) } },
  { name: 'refuses for ever', best: 'refuses' },
  { name: 'expired certificate', best: { tls: expiredCertificateFor('mx.example') } },
  { name: 'no such domain' },
  { name: 'drops at RCPT', best: { transaction: (nth) => (each(4, nth) ? { rcpt: 'drop' } : {}) } },
  { name: 'slow', best: { slow: { reply: 20 } } },
  { name: 'greylists', best: { connection: (nth) => (nth < 2 ? { rcpt: { reply: '450 4.2.0 greylisted' } } : {}) } },
  { name: '554 at the greeting at first', best: { connection: (nth) => (nth < 3 ? { greeting: { reply: '554 5.3.2 closed' } } : {}) } },
  { name: 'drops in EHLO at times', best: { connection: (nth) => (each(3, nth) ? { ehlo: 'drop' } : {}) } },
];

/** A tenth of the domains is faulty, at least one of each kind. */
export async function openDomains(elsewhere: Elsewhere, many: number): Promise<readonly RunDomain[]> {
  const faulty = Math.max(faultKinds.length, Math.round(many / 10));
  const domains: RunDomain[] = [];
  for (let i = 0; i < many; i += 1) {
    const name = `d${i}.example`;
    const kind = i < faulty ? faultKinds[i % faultKinds.length] : undefined;
    await openDomain(elsewhere, name, i, kind ?? { name: 'none', best: {} });
    domains.push({ name, ...(kind === undefined ? {} : { fault: kind.name }) });
  }
  return domains;
}

async function openDomain(elsewhere: Elsewhere, name: string, i: number, { best, second, nullMx }: FaultKind): Promise<void> {
  if (nullMx === true) return elsewhere.dns.set(name, { mx: [{ preference: 0, host: '' }] });
  if (best === undefined) return;
  const script = best === 'refuses' ? {} : best;
  const first = elsewhere.silentHost(address(2 * i), { keepTexts: false, ...script });
  if (best !== 'refuses') await first.listen();
  elsewhere.domain(name, first, ...(second === true ? [await elsewhere.host(address(2 * i + 1), { keepTexts: false })] : []));
}

/** Addresses of the three documentation networks, one after the other. */
const address = (i: number): string => `${['192.0.2', '198.51.100', '203.0.113'][Math.floor(i / 250)]}.${1 + (i % 250)}`;
