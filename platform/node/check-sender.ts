import { once } from 'node:events';
import { arc } from 'mailauth/lib/arc/index.js';
import { type DkimResult, DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js';
import { evaluateDmarc } from 'mailauth/lib/dmarc/verify.js';
import { type MailauthResolver, type MethodResult, spf } from 'mailauth/lib/spf/index.js';
import type { CheckedEnvelope, DmarcFinding, SenderResults } from '../../core/delivery/sender-authentication.ts';
import { type AuthorDomains, authorDomains } from './author-domains.ts';
import { type AskDns, boundedQuestions } from './bounded-questions.ts';
import { HeaderGatherer } from './gather-header.ts';
import { headerToCheck } from './header-to-check.ts';

const spfTime = 8_000; // ms (RFC 7208 section 4.6.4 asks for at least 20 s where time is limited at all; a temperror refuses nobody here)
const afterEnd = 5_000; // ms in which further names are asked for when the message is there

type SpfResult = MethodResult & { readonly domain: string };

/** What a message makes a verifier stumble over speaks for nobody, and spares nobody DMARC. */
const spfStumbled: SpfResult = { domain: '', status: { result: 'permerror' }, info: 'spf=permerror (it could not be evaluated)' };
const dkimStumbled: DkimResult = { status: { result: 'permerror' }, info: 'dkim=permerror (it could not be evaluated)' };

/** One message: SPF begins with the envelope, signatures are hashed as the octets pass, DMARC follows the end. */
export class CheckingSender {
  readonly #envelope: CheckedEnvelope;
  readonly #ask: AskDns;
  readonly #dkim: DkimVerifier;
  readonly #spf: Promise<SpfResult>;
  #gathering: HeaderGatherer | undefined = new HeaderGatherer();
  #stumbled = false;
  #authors: AuthorDomains = { domains: [], beyondMeasure: false };

  constructor(envelope: CheckedEnvelope, ask: AskDns) {
    this.#envelope = envelope;
    this.#ask = ask;
    // RFC 7208 section 4.6.4: 10 terms, of which an `mx` may lead to 10 addresses.
    const resolver = boundedQuestions(ask, { most: 111 });
    const { reversePath: sender, client: ip, helo, host: mta } = envelope;
    this.#spf = spf({ sender, ip, helo, mta, resolver, strict: true, maxElapsedTime: spfTime }).catch(() => spfStumbled);
    this.#dkim = new DkimVerifier({ resolver: boundedQuestions(ask, { most: 30 }), strict: true });
    this.#dkim.on('error', () => {}); // the next write or the end tells it
  }

  async write(chunk: Uint8Array): Promise<void> {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#gathering === undefined) return this.#hash(octets);
    const found = this.#gathering.add(octets);
    if (found !== undefined) await this.#begin(found.header, found.body);
  }

  async end(): Promise<SenderResults> {
    if (this.#gathering !== undefined) await this.#begin(this.#gathering.rest(), Buffer.alloc(0));
    const signatures = await this.#signatures();
    const found = await this.#spf;
    const until = performance.now() + afterEnd;
    const chain = await this.#arc(until);
    const dmarc = await this.#dmarc(found, signatures, until);
    const rows = [...signatures, found, ...(chain === undefined ? [] : [chain])].map(({ info }) => info);
    return { methods: [...rows, ...dmarc.rows], dmarc: dmarc.findings };
  }

  /** The keys of all signatures are asked for at once: one slow name server must not use up the time of the others. */
  async #begin(header: Buffer, body: Buffer): Promise<void> {
    this.#gathering = undefined;
    const whole = header.toString('latin1');
    const block = headerToCheck(whole);
    await this.#hash(Buffer.from(`${block}\r\n`, 'latin1'));
    this.#authors = authorDomains(whole, this.#stumbled ? [] : this.#dkim.headerFrom);
    for (const { signingDomain, selector } of this.#dkim.signatureHeaders) {
      if (signingDomain && selector) this.#ask(`${selector}._domainkey.${signingDomain}`, 'TXT').catch(() => {});
    }
    await this.#hash(body);
  }

  #hash(octets: Buffer): Promise<void> {
    if (octets.length === 0 || this.#stumbled) return Promise.resolve();
    return new Promise((resolve) => {
      this.#dkim.write(octets, (error) => {
        this.#stumbled ||= error != null;
        resolve();
      });
    });
  }

  async #signatures(): Promise<readonly DkimResult[]> {
    if (this.#stumbled) return [dkimStumbled];
    try {
      this.#dkim.end();
      if (!this.#dkim.writableFinished) await once(this.#dkim, 'finish');
      return this.#dkim.results;
    } catch {
      return [dkimStumbled];
    }
  }

  async #arc(until: number): Promise<MethodResult | undefined> {
    if (this.#stumbled || !this.#dkim.arc.chain) return undefined;
    const resolver = boundedQuestions(this.#ask, { most: 20, until });
    return await arc(this.#dkim.arc, { resolver, strict: true, ip: this.#envelope.client }).catch(() => undefined);
  }

  async #dmarc(
    found: SpfResult,
    signatures: readonly DkimResult[],
    until: number,
  ): Promise<{ readonly rows: readonly string[]; readonly findings: readonly DmarcFinding[] }> {
    const { domains, beyondMeasure } = this.#authors;
    if (beyondMeasure) {
      const domain = domains[0] ?? 'unknown';
      return { rows: ['dmarc=permerror (too many authors)'], findings: [{ domain, result: 'fail', policy: 'quarantine', percent: 100 }] };
    }
    if (domains.length === 0) return { rows: ['dmarc=permerror (the message has no author)'], findings: [] };
    // A budget of its own: whatever the message makes us ask before, its author's policy is looked up.
    const resolver = boundedQuestions(this.#ask, { most: 200, until });
    const judged = await Promise.all(domains.map((domain) => judgeAuthor(domain, found, signatures, resolver)));
    return { rows: judged.map(({ row }) => row), findings: judged.map(({ finding }) => finding) };
  }
}

async function judgeAuthor(
  domain: string,
  found: SpfResult,
  signatures: readonly DkimResult[],
  resolver: MailauthResolver,
): Promise<{ readonly row: string; readonly finding: DmarcFinding }> {
  const judge = (...results: readonly string[]) =>
    evaluateDmarc({
      headerFrom: [domain],
      fromFields: 1,
      spfDomains: results.includes(found.status.result) ? [found.domain] : [],
      dkimDomains: signatures.flatMap(({ status, signingDomain }) =>
        // What a signature does not cover may be anybody's: l= (RFC 6376 section 8.2).
        results.includes(status.result) && signingDomain !== undefined && !status.underSized ? [{ domain: signingDomain }] : [],
      ),
      resolver,
      strict: true,
    });
  const { response } = await judge('pass');
  if (response === false)
    return { row: `dmarc=permerror header.from=${domain}`, finding: { domain, result: 'permerror', policy: 'none', percent: 100 } };
  const result = response.status.result as DmarcFinding['result'];
  if (result === 'fail') {
    // Something that would have spoken for the author could not be looked up: nobody knows whether this is a forgery.
    const { response: perhaps } = await judge('pass', 'temperror');
    if (perhaps !== false && perhaps.status.result !== 'fail') {
      return { row: `dmarc=temperror header.from=${domain}`, finding: { domain, result: 'temperror', policy: 'none', percent: 100 } };
    }
  }
  return { row: response.info, finding: { domain, result, policy: response.policy ?? 'none', percent: percentOf(response.rr) } };
}

/** `pct` (RFC 7489 section 6.3), which RFC 9989 has given up and mailauth does not read: domains still publish it to begin gently. */
function percentOf(record = ''): number {
  const pct = /(?:^|;)\s*pct\s*=\s*(\d{1,3})\s*(?:;|$)/.exec(record)?.[1];
  return pct === undefined ? 100 : Math.min(100, Number(pct));
}
