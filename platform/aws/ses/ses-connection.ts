import { domainToASCII } from 'node:url';
import type { SpoolRecipient } from '../../../core/delivery/spool.ts';
import { ConnectionBroken, type Outgoing, type RecipientResult, type TransportConnection } from '../../../core/delivery/transport.ts';
import { type Address, domainOf, localPartOf } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { SesCalls } from './client.ts';
import type { OctetBudget } from './octet-budget.ts';
import { reportSender } from './report-sender.ts';
import { neverLeft, type SesReply, sesReply } from './ses-reply.ts';

export interface SesDeps {
  readonly calls: SesCalls;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly budget: OctetBudget;
}

export const mostSize = 40 * 1024 * 1024; // octets of a message that SES takes
const mostRecipients = 50; // of one call
const pauses = [1_000, 2_000, 4_000]; // ms, while SES says that we are too fast
const mostDialogue = 200; // lines

/** What one call is about; results come back per recipient. */
interface Batch {
  readonly from: string;
  readonly data: Uint8Array;
  readonly to: readonly Address[];
}

/** Messages by the API of SES: one call is one transaction, so there is nothing to keep open. */
export class SesConnection implements TransportConnection {
  readonly usable = true;
  readonly limits = { rcptMax: mostRecipients };
  readonly #deps: SesDeps;
  #dialogue: string[] = [];

  constructor(deps: SesDeps) {
    this.#deps = deps;
  }

  async send(message: Outgoing): Promise<readonly RecipientResult[]> {
    const to = message.recipients.map(({ address }) => address);
    const fault = faultOf(message);
    if (fault !== undefined) return to.map((address) => refused(address, { reply: fault }));
    const [fit, unfit] = parted(message.recipients);
    const rest = unfit.map((address) => refused(address, { reply: noUtf8 }));
    if (fit.length === 0) return rest;
    const giveBack = await this.#deps.budget.take(message.size);
    try {
      return [...(await this.#sendTo(fit, message)), ...rest];
    } finally {
      giveBack();
    }
  }

  takeDialogue(): readonly string[] {
    return this.#dialogue.splice(0);
  }

  async quit(): Promise<void> {}

  async #sendTo(to: readonly Address[], message: Outgoing): Promise<readonly RecipientResult[]> {
    const data = await whole(message);
    const from = message.reversePath === '' ? reportSender(data) : asciiDomain(message.reversePath);
    if (from === undefined) return to.map((address) => refused(address, noSender));
    const results: RecipientResult[] = [];
    for (let at = 0; at < to.length; at += mostRecipients) {
      results.push(...(await this.#batch({ from, data, to: to.slice(at, at + mostRecipients) }, results.length > 0)));
    }
    return results;
  }

  /** SES takes or refuses a call as a whole. @param isTold some recipients have a result already, which must not be lost */
  async #batch(batch: Batch, isTold: boolean): Promise<readonly RecipientResult[]> {
    const answer = await this.#call(batch, isTold);
    if (typeof answer === 'string') return batch.to.map((address) => taken(address, answer));
    const unverified = batch.to.filter((address) => answer.unverified?.includes(address.toLowerCase()) === true);
    const isSenders = answer.unverified?.some((one) => !unverified.some((address) => address.toLowerCase() === one)) ?? true;
    if (unverified.length > 0 && !isSenders && unverified.length < batch.to.length) {
      const others = batch.to.filter((address) => !unverified.includes(address));
      return [...unverified.map((address) => refused(address, answer)), ...(await this.#batch({ ...batch, to: others }, true))];
    }
    if (answer.perhapsOneRecipient !== true || batch.to.length === 1) return batch.to.map((address) => refused(address, answer));
    const half = Math.ceil(batch.to.length / 2);
    const first = await this.#batch({ ...batch, to: batch.to.slice(0, half) }, isTold);
    return [...first, ...(await this.#batch({ ...batch, to: batch.to.slice(half) }, true))];
  }

  /** @returns SES's id of the message, or why it was not taken. @throws ConnectionBroken when nobody knows */
  async #call({ from, to, data }: Batch, isTold: boolean): Promise<string | SesReply> {
    this.#told(`> SendEmail from <${from}> to ${to.map((one) => `<${one}>`).join(' ')}, ${data.length} octets`);
    for (let tries = 0; ; tries += 1) {
      try {
        const id = await this.#deps.calls.send({ from, to: to.map(asciiDomain), data });
        this.#told(`< 200 ${id}`);
        return id;
      } catch (error) {
        const answer = sesReply(error);
        this.#told(`< ${answer?.reply ?? textOf(error)}`);
        if (answer === undefined) return this.#unknown(error, isTold);
        const pause = pauses[tries];
        if (answer.tooFast !== true || pause === undefined) return answer;
        await this.#deps.clock.sleep(pause);
      }
    }
  }

  #unknown(error: unknown, isTold: boolean): SesReply {
    if (isTold) return { reply: `4.4.2 ${textOf(error)}`, unsure: !neverLeft(error) };
    throw new ConnectionBroken(!neverLeft(error), `SES did not answer: ${textOf(error)}`, { cause: error });
  }

  #told(line: string): void {
    if (this.#dialogue.length < mostDialogue) this.#dialogue.push(line.slice(0, 1000));
  }
}

const noUtf8 = '5.6.7 SES does not take internationalized addresses or headers (SMTPUTF8)';

function faultOf({ size, declared, reversePath, requireTls }: Outgoing): string | undefined {
  if (requireTls === true && reversePath !== '') return "5.7.30 SES can't promise TLS all the way (REQUIRETLS)";
  if (size > mostSize) return `5.3.4 the message has ${size} octets, SES takes ${mostSize}`;
  return declared.utf8 || (reversePath !== '' && !isAscii(localPartOf(reversePath))) ? noUtf8 : undefined;
}

function parted(recipients: readonly Pick<SpoolRecipient, 'address'>[]): readonly [Address[], Address[]] {
  const all = recipients.map(({ address }) => address);
  const isFit = (address: Address): boolean => isAscii(localPartOf(address));
  return [all.filter(isFit), all.filter((address) => !isFit(address))];
}

/** SES reports no success, so a report that one was wished for is ours to write. */
const taken = (address: Address, id: string): RecipientResult => ({
  address,
  result: 'accepted',
  reply: `250 2.0.0 Ok, SES has it as ${id}`,
  relayed: true,
});

const noSender: SesReply = { reply: '5.6.0 a report without From has no sender that SES would know' };

const refused = (address: Address, { reply, unsure }: SesReply): RecipientResult => ({
  address,
  result: 'refused',
  permanent: reply.startsWith('5'),
  reply,
  ...(unsure === true ? { unsure } : {}),
});

async function whole(message: Outgoing): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
const asciiDomain = (address: Address): string => `${localPartOf(address)}@${domainToASCII(domainOf(address)) || domainOf(address)}`;
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300);
