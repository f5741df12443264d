import { createHash, sign as signOctets } from 'node:crypto';
import { promisify } from 'node:util';
import type { MessageSigner } from '../../core/delivery/message-signer.ts';
import type { Resolver } from '../../core/delivery/resolver.ts';
import { headerToSign, RelaxedBody, relaxedField, signatureField, unsignedSignature } from '../../core/message/dkim-form.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { SecretStore } from '../../core/world.ts';
import { type DkimKey, dkimDomain, dkimKeys, dkimRecordName, isRecordOf } from './dkim-keys.ts';
import { HeaderGatherer } from './gather-header.ts';

export interface DkimSignerDeps {
  readonly secrets: SecretStore;
  readonly resolver: Pick<Resolver, 'txt'>;
  readonly clock: Clock;
}

const keptKey = 60_000; // ms: so long after `dkim add` or `remove` it counts
const mostKept = 1_000; // domains
const dnsTime = 5_000; // ms
const mostHeader = 4_194_304; // octets; taken is a quarter of it, and conversion makes it longer
const signOffLoop = promisify(signOctets);

/** Signs with the newest key whose record is published, so that a new one may be made first and published in its own time. */
export function dkimSigner(deps: DkimSignerDeps): MessageSigner {
  const kept = new Map<string, { readonly until: number; readonly key: Promise<DkimKey | undefined> }>();

  const keyOf = (domain: string): Promise<DkimKey | undefined> => {
    const now = deps.clock.monotonic();
    const known = kept.get(domain);
    if (known !== undefined && now < known.until) return known.key;
    const found = { until: now + keptKey, key: chooseKey(domain, deps) };
    kept.delete(domain);
    kept.set(domain, found);
    found.key.catch(() => kept.get(domain) === found && kept.delete(domain));
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return found.key;
  };

  return {
    async sign(octets, signingDomain) {
      const message = new MessageHash();
      for await (const chunk of octets) {
        const header = message.write(chunk);
        if (header === undefined) continue;
        message.key = await keyFor(header, signingDomain, keyOf);
        if (message.key === undefined) return new Uint8Array();
        message.hashHeld();
      }
      message.key ??= await keyFor(message.end(), signingDomain, keyOf);
      return message.key === undefined ? new Uint8Array() : await signature(message, message.key, deps.clock.now());
    },
  };
}

async function keyFor(
  header: string,
  signingDomain: Parameters<MessageSigner['sign']>[1],
  keyOf: (domain: string) => Promise<DkimKey | undefined>,
): Promise<DkimKey | undefined> {
  const domain = dkimDomain((await signingDomain(header)) ?? '');
  return domain === undefined ? undefined : await keyOf(domain);
}

/** While no name server answers, the newest key is the best guess; a record that is another or not there is an answer. */
async function chooseKey(domain: string, { secrets, resolver, clock }: DkimSignerDeps): Promise<DkimKey | undefined> {
  const keys = await dkimKeys(secrets, domain);
  for (const key of keys) {
    const timeUp = new AbortController();
    const late = clock.sleep(dnsTime, timeUp.signal).then(() => undefined);
    const published = await Promise.race([resolver.txt(dkimRecordName(key)).catch(() => undefined), late]);
    timeUp.abort();
    if (published === undefined) return keys[0];
    if (published.some((record) => isRecordOf(key, record))) return key;
  }
  return undefined;
}

/** Takes the header off and hashes the body, as it comes. */
class MessageHash {
  key: DkimKey | undefined;
  header = '';
  #gathering: HeaderGatherer | undefined = new HeaderGatherer();
  #held: Buffer = Buffer.alloc(0);
  readonly #body = new RelaxedBody();
  readonly #hash = createHash('sha256');

  /** @returns the header, once, when it is there */
  write(chunk: Uint8Array): string | undefined {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#gathering === undefined) {
      this.#hashBody(octets);
      return undefined;
    }
    const found = this.#gathering.add(octets);
    if (found === undefined && this.#gathering.length > mostHeader) throw new Error('the header is too large to be signed');
    if (found === undefined) return undefined;
    this.#gathering = undefined;
    this.header = found.header.toString('latin1');
    this.#held = found.body;
    return this.header;
  }

  /** What of the body came with the header. Most mail of a domain without a key is one such piece, and need not be hashed at all. */
  hashHeld(): void {
    this.#hashBody(this.#held);
    this.#held = Buffer.alloc(0);
  }

  /** The header of a message without a blank line. */
  end(): string {
    if (this.#gathering !== undefined) this.header = this.#gathering.rest().toString('latin1');
    return this.header;
  }

  bodyHash(): string {
    return this.#hash.update(this.#body.end(), 'latin1').digest('base64');
  }

  #hashBody(octets: Buffer): void {
    for (const text of this.#body.write(octets.toString('latin1'))) this.#hash.update(text, 'latin1');
  }
}

async function signature(message: MessageHash, { domain, selector, type, privateKey }: DkimKey, now: number): Promise<Uint8Array> {
  const { names, octets } = headerToSign(message.header);
  const facts = { domain, selector, names, bodyHash: message.bodyHash(), time: Math.floor(now / 1000) };
  const unsigned = unsignedSignature({ ...facts, algorithm: `${type}-sha256` });
  const own = relaxedField('DKIM-Signature', unsigned.slice(unsigned.indexOf(':') + 1));
  const covered = Buffer.from(octets + own, 'latin1');
  // RFC 8463 section 3: Ed25519 signs the hash, not the text.
  const signed =
    type === 'rsa'
      ? signOffLoop('sha256', covered, privateKey)
      : signOffLoop(null, createHash('sha256').update(covered).digest(), privateKey);
  return Buffer.from(signatureField(unsigned, (await signed).toString('base64')), 'latin1');
}
