import { once } from 'node:events';
import { arc } from 'mailauth/lib/arc/index.js';
import { type DkimResult, DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js';
import { getAddressDomains } from 'mailauth/lib/dmarc/author-domain.js';
import { evaluateDmarc } from 'mailauth/lib/dmarc/verify.js';
import { type MailauthResolver, type MethodResult, spf } from 'mailauth/lib/spf/index.js';
import type { CheckedEnvelope, DmarcFinding, SenderResults } from '../../core/delivery/sender-authentication.ts';
import { type AskDns, boundedQuestions } from './bounded-questions.ts';
import { headerToCheck } from './header-to-check.ts';

const spfTime = 8_000; // ms (RFC 7208 section 4.6.4 asks for at least 20 s where time is limited at all; a temperror refuses nobody here)
const afterEnd = 5_000; // ms in which further names are asked for when the message is there
const mostAuthors = 5;
const blankLine = Buffer.from('\r\n\r\n');

type SpfResult = MethodResult & { readonly domain: string };

/** One message: SPF begins with the envelope, signatures are hashed as the octets pass, DMARC follows the end. */
export class CheckingSender {
  readonly #envelope: CheckedEnvelope;
  readonly #ask: AskDns;
  readonly #dkim: DkimVerifier;
  readonly #spf: Promise<SpfResult>;
  #header: Buffer | undefined = Buffer.alloc(0);

  constructor(envelope: CheckedEnvelope, ask: AskDns) {
    this.#envelope = envelope;
    this.#ask = ask;
    // RFC 7208 section 4.6.4: 10 terms, of which an `mx` may lead to 10 addresses.
    const resolver = boundedQuestions(ask, { most: 111 });
    const { reversePath: sender, client: ip, helo, host: mta } = envelope;
    this.#spf = spf({ sender, ip, helo, mta, resolver, strict: true, maxElapsedTime: spfTime });
    this.#spf.catch(() => {}); // it is looked at in the end
    this.#dkim = new DkimVerifier({ resolver: boundedQuestions(ask, { most: 30 }), strict: true });
    this.#dkim.on('error', () => {}); // the next write or the end tells it
  }

  async write(chunk: Uint8Array): Promise<void> {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#header === undefined) return this.#hash(octets);
    const from = Math.max(0, this.#header.length - blankLine.length);
    this.#header = Buffer.concat([this.#header, octets]);
    const begins = this.#header[0] === 13 && this.#header[1] === 10;
    const end = begins ? 0 : this.#header.indexOf(blankLine, from);
    if (end !== -1) await this.#begin(this.#header.subarray(0, begins ? 0 : end + 2), this.#header.subarray(end + (begins ? 2 : 4)));
  }

  async end(): Promise<SenderResults> {
    if (this.#header !== undefined) await this.#begin(this.#header, Buffer.alloc(0));
    this.#dkim.end();
    if (!this.#dkim.writableFinished) await once(this.#dkim, 'finish');
    const found = await this.#spf;
    const until = performance.now() + afterEnd;
    const chain = await this.#arc(until);
    const dmarc = await this.#dmarc(found, until);
    const rows = [...this.#dkim.results, found, ...(chain === undefined ? [] : [chain])].map(({ info }) => info);
    return { methods: [...rows, ...dmarc.rows], dmarc: dmarc.findings };
  }

  /** The keys of all signatures are asked for at once: one slow name server must not use up the time of the others. */
  async #begin(header: Buffer, body: Buffer): Promise<void> {
    this.#header = undefined;
    await this.#hash(Buffer.from(`${headerToCheck(header.toString('latin1'))}\r\n`, 'latin1'));
    for (const { signingDomain, selector } of this.#dkim.signatureHeaders) {
      if (signingDomain && selector) this.#ask(`${selector}._domainkey.${signingDomain}`, 'TXT').catch(() => {});
    }
    await this.#hash(body);
  }

  #hash(octets: Buffer): Promise<void> {
    if (octets.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#dkim.write(octets, (error) => (error == null ? resolve() : reject(error)));
    });
  }

  async #arc(until: number): Promise<MethodResult | undefined> {
    if (!this.#dkim.arc.chain) return undefined;
    return await arc(this.#dkim.arc, {
      resolver: boundedQuestions(this.#ask, { most: 20, until }),
      strict: true,
      ip: this.#envelope.client,
    });
  }

  async #dmarc(found: SpfResult, until: number): Promise<{ readonly rows: readonly string[]; readonly findings: readonly DmarcFinding[] }> {
    const domains = [...new Set(this.#dkim.headerFrom.flatMap((address) => getAddressDomains(address).map((one) => one.authorDomain)))];
    if (domains.length === 0) return { rows: ['dmarc=permerror (the message has no author)'], findings: [] };
    if (domains.length > mostAuthors) {
      const domain = domains[0] as string;
      return { rows: ['dmarc=permerror (too many authors)'], findings: [{ domain, result: 'fail', policy: 'quarantine', percent: 100 }] };
    }
    // A budget of its own: whatever the message makes us ask before, its author's policy is looked up.
    const resolver = boundedQuestions(this.#ask, { most: 200, until });
    const judged = await Promise.all(domains.map((domain) => judgeAuthor(domain, found, this.#dkim.results, resolver)));
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
