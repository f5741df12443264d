import { withSignature } from '../../core/delivery/signed.ts';
import {
  ConnectionBroken,
  type Outgoing,
  type PeerLimits,
  type RecipientResult,
  type TransportConnection,
} from '../../core/delivery/transport.ts';
import { planSevenBit } from '../../core/message/seven-bit.ts';
import { domainOf } from '../../core/values/address.ts';
import { needsUtf8 } from './envelope-commands.ts';
import type { MailerConnection } from './mailer-connection.ts';
import { type Transaction, type TransactionPatience, transact } from './smtp-transaction.ts';

const quitPatience = 2_000; // ms
/** Recipients of a transaction with a host that does not tell its limit: what every host takes (RFC 5321 section 4.5.3.1.8). */
const usualRecipients = 100;
const mostRecipients = 1_000;

type Recipients = Outgoing['recipients'];

/** Messages over one ready connection. */
export class MailerTransportConnection implements TransportConnection {
  readonly #mailer: MailerConnection;
  readonly #patience: TransactionPatience;
  #transactions = 0;
  #resetFirst = false;

  constructor(mailer: MailerConnection, patience: TransactionPatience) {
    this.#mailer = mailer;
    this.#patience = patience;
  }

  get usable(): boolean {
    return !this.#mailer.destroyed && this.#transactions < (this.limits.mailMax ?? Number.POSITIVE_INFINITY);
  }

  get verified(): boolean {
    return this.#mailer.verified;
  }

  get limits(): PeerLimits {
    return this.#mailer.offers.limits;
  }

  takeDialogue(): readonly string[] {
    return this.#mailer.dialogue.take();
  }

  async send(message: Outgoing): Promise<readonly RecipientResult[]> {
    const never = this.#refusal(message);
    if (never !== undefined) return message.recipients.map(({ address }) => refused(address, never));
    const utf8 = this.#mailer.offers.has('SMTPUTF8');
    const sendable = message.recipients.filter(({ address }) => utf8 || !needsUtf8(address));
    const unsendable = message.recipients.filter(({ address }) => !utf8 && needsUtf8(address));
    const form = await this.#bodyOf(message);
    const body = typeof form === 'string' ? form : await withSignature(message, form);
    if (typeof body === 'string') return message.recipients.map(({ address }) => refused(address, body));
    return [...(await this.#inTransactions(message, body, sendable)), ...unsendable.map(({ address }) => refused(address, noUtf8))];
  }

  async quit(): Promise<void> {
    await this.#mailer.exchange([{ line: 'QUIT', patience: quitPatience }]);
    this.#mailer.close();
  }

  /** Why this host will never take the message, which need not be asked. */
  #refusal({ requireTls, declared, reversePath, size }: Outgoing): string | undefined {
    const { offers, verified } = this.#mailer;
    // RFC 8689 section 5: a report goes on all the same, rather than nowhere.
    if (requireTls === true && reversePath !== '' && !(verified && offers.has('REQUIRETLS'))) return noRequireTls;
    if (!offers.has('SMTPUTF8') && (declared.utf8 || needsUtf8(reversePath))) return noUtf8;
    return offers.mostOctets !== undefined && size > offers.mostOctets ? tooLarge : undefined;
  }

  /** 8-bit text is converted for a host that does not take it (RFC 6152 section 3). @returns a refusal when it can't be */
  async #bodyOf(message: Outgoing): Promise<Transaction['body'] | string> {
    const read = (): AsyncIterable<Uint8Array> => message.read();
    const { offers } = this.#mailer;
    if (!message.declared.eightBit || offers.has('8BITMIME')) return { size: message.size, eightBit: message.declared.eightBit, read };
    const plan = await planSevenBit(read);
    if (plan.kind === 'ascii') return { size: message.size, eightBit: false, read };
    if (plan.kind === 'fixed') return `${noEightBit}: ${plan.reason}`;
    let size = 0;
    for await (const octets of plan.convert(read())) size += octets.length;
    if (offers.mostOctets !== undefined && size > offers.mostOctets) return tooLarge;
    return { size, eightBit: false, read: () => plan.convert(read()) };
  }

  async #inTransactions(message: Outgoing, body: Transaction['body'], recipients: Recipients): Promise<readonly RecipientResult[]> {
    const results: RecipientResult[] = [];
    for (const some of inGroups(recipients, this.limits)) {
      const first = results.length === 0;
      if (!first && !this.usable) results.push(...some.map(({ address }) => refused(address, noMore)));
      else results.push(...(await this.#transaction(message, body, some, first)));
    }
    return results;
  }

  /** Those of an earlier transaction have it, so that a connection lost in a later one must not hide that. */
  async #transaction(
    message: Outgoing,
    body: Transaction['body'],
    recipients: Recipients,
    first: boolean,
  ): Promise<readonly RecipientResult[]> {
    this.#transactions += 1;
    try {
      const results = await transact(this.#mailer, { message, body, recipients, resetFirst: this.#resetFirst }, this.#patience);
      this.#resetFirst = results.every(({ result }) => result === 'refused');
      return this.#mailer.offers.has('DSN') ? results : results.map((one) => (one.result === 'accepted' ? { ...one, relayed: true } : one));
    } catch (error) {
      this.#mailer.close();
      if (first || !(error instanceof ConnectionBroken)) throw error;
      return recipients.map(({ address }) => ({ ...refused(address, `4.4.2 ${error.message}`), unsure: error.afterData }));
    }
  }
}

/** No more recipients, and no more domains, in a transaction than the host takes (RFC 9422). */
function inGroups(
  recipients: Recipients,
  { rcptMax = usualRecipients, rcptDomainMax = Number.POSITIVE_INFINITY }: PeerLimits,
): readonly Recipients[] {
  const groups: { readonly some: Recipients[number][]; readonly domains: Set<string> }[] = [];
  for (const recipient of recipients) {
    const domain = domainOf(recipient.address).toLowerCase();
    const takes = groups.find(
      ({ some, domains }) => some.length < Math.min(rcptMax, mostRecipients) && (domains.has(domain) || domains.size < rcptDomainMax),
    );
    if (takes === undefined) groups.push({ some: [recipient], domains: new Set([domain]) });
    else {
      takes.some.push(recipient);
      takes.domains.add(domain);
    }
  }
  return groups.map(({ some }) => some);
}

const noUtf8 = '5.6.7 the host does not take internationalized mail (SMTPUTF8)';
const noRequireTls = '5.7.30 REQUIRETLS support required';
const noEightBit = '5.6.3 conversion required, as the host does not take 8-bit text (8BITMIME), but not possible';
const tooLarge = '5.3.4 the message is larger than the host takes';
const noMore = '4.5.3 the host takes no more transactions over this connection';

const refused = (address: RecipientResult['address'], reply: string) =>
  ({ address, result: 'refused', permanent: reply.startsWith('5'), reply }) as const;
