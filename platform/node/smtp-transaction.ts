import { ConnectionBroken, type Outgoing, type RecipientResult } from '../../core/delivery/transport.ts';
import { printable } from './dialogue-lines.ts';
import { mailCommand, rcptCommand, type SentBody } from './envelope-commands.ts';
import type { Command, MailerConnection } from './mailer-connection.ts';

/** ms, RFC 5321 section 4.5.3.2. */
export interface TransactionPatience {
  readonly command: number;
  readonly data: number;
  readonly block: number;
  readonly last: number;
  /** From MAIL to the end of the message, for its size in octets. */
  whole(size: number): number;
}

export interface Transaction {
  readonly message: Outgoing;
  readonly body: SentBody & { read(): AsyncIterable<Uint8Array> };
  readonly recipients: Outgoing['recipients'];
  /** The other side may still have an envelope of ours. */
  readonly resetFirst: boolean;
}

/** What was said of the envelope; `undefined`: nothing, it did not come to that. */
interface Envelope {
  readonly mail: string;
  /** In the order of the recipients. */
  readonly rcpt: readonly string[];
  readonly data: string | undefined;
}

/**
 * One transaction, with all of its envelope in one write where PIPELINING is offered (RFC 2920).
 * @returns a result per recipient, in order. @throws ConnectionBroken; what reading the message throws
 */
export async function transact(
  mailer: MailerConnection,
  given: Transaction,
  patience: TransactionPatience,
): Promise<readonly RecipientResult[]> {
  const { body, recipients } = given;
  const timer = setTimeout(() => mailer.breakOff('the transaction took too long'), patience.whole(body.size));
  try {
    const envelope = await sendEnvelope(mailer, given, patience);
    const accepted = envelope.rcpt.filter(isPositive).length;
    const goesOn = envelope.data?.startsWith('354') === true;
    if (!isPositive(envelope.mail)) {
      // It takes a message for nobody, from nobody: not even an empty one can be trusted to it.
      if (goesOn) mailer.breakOff('DATA was taken without a sender');
      return recipients.map((recipient) => refused(recipient, envelope.mail));
    }
    if (accepted === 0) {
      if (goesOn) await mailer.exchange([{ line: '.', patience: patience.last }]); // an empty message for nobody, which ends the transaction
      return results(given, envelope, () => undefined);
    }
    if (envelope.data === undefined || !goesOn) return results(given, envelope, () => refusal(mailer, envelope.data ?? ''));
    const { reply, complete } = await mailer.sendMessage(body.read(), patience);
    clearTimeout(timer);
    return results(given, envelope, () => final(mailer, reply, complete));
  } finally {
    clearTimeout(timer);
  }
}

async function sendEnvelope(mailer: MailerConnection, given: Transaction, patience: TransactionPatience): Promise<Envelope> {
  const { message, body, recipients, resetFirst } = given;
  const command = (line: string): Command => ({ line, patience: patience.command });
  const { offers } = mailer;
  const before = resetFirst ? [command('RSET')] : [];
  const mail = command(mailCommand({ ...message, recipients }, body, offers));
  const rcpts = recipients.map((recipient) => command(rcptCommand(recipient, offers)));
  const all = [...before, mail, ...rcpts, { line: 'DATA', patience: patience.data }];
  const replies = offers.has('PIPELINING') ? await mailer.exchange(all) : await oneByOne(mailer, all, before.length);
  if (resetFirst && replies[0] !== undefined && !isPositive(replies[0])) {
    mailer.breakOff(`RSET was refused: ${oneLine(replies[0])}`);
    throw new ConnectionBroken(false, mailer.fault ?? '');
  }
  return envelopeOf(mailer, replies.slice(before.length), recipients.length);
}

/** Stops where going on makes no sense: MAIL refused, or every RCPT. */
async function oneByOne(mailer: MailerConnection, commands: readonly Command[], before: number): Promise<readonly string[]> {
  const replies: string[] = [];
  for (const [i, command] of commands.entries()) {
    const isData = i === commands.length - 1;
    if (isData && !replies.slice(before + 1).some(isPositive)) break;
    const [reply] = await mailer.exchange([command]);
    if (reply === undefined) break;
    replies.push(reply);
    if (i <= before && !isPositive(reply)) break;
  }
  return replies;
}

/**
 * A host that says 421 and goes has answered all that it leaves unanswered (RFC 5321 section 3.8), and so has one that wants nothing from this
 * sender. @throws ConnectionBroken when it just went
 */
function envelopeOf(mailer: MailerConnection, replies: readonly string[], recipients: number): Envelope {
  const last = replies.at(-1);
  const gone = mailer.destroyed && replies.length < recipients + 2;
  const goodbye = last?.startsWith('421') === true ? last : undefined;
  const wantsNothing = replies[0] !== undefined && /^[45]/.test(replies[0]);
  if (gone && goodbye === undefined && !wantsNothing)
    throw new ConnectionBroken(false, mailer.fault ?? 'the other side closed the connection');
  const mail = replies[0] ?? goodbye ?? '';
  const rcpt = Array.from({ length: recipients }, (_, i) => replies[i + 1] ?? goodbye ?? mail);
  return { mail, rcpt, data: replies[recipients + 1] ?? goodbye };
}

/** @param whole asked for those whose RCPT was accepted: what became of the message, unless it never came to that */
function results({ recipients }: Transaction, { rcpt }: Envelope, whole: () => string | undefined): readonly RecipientResult[] {
  const reply = whole() ?? '';
  return recipients.map((recipient, i) => {
    const own = rcpt[i] ?? '';
    if (!isPositive(own)) return refused(recipient, own);
    return isPositive(reply) ? { address: recipient.address, result: 'accepted', reply: oneLine(reply) } : refused(recipient, reply);
  });
}

/** @throws ConnectionBroken when there is no reply, or none that says what became of the message */
function final(mailer: MailerConnection, reply: string | undefined, complete: boolean): string {
  if (reply === undefined) throw new ConnectionBroken(complete, mailer.fault ?? 'the other side closed the connection');
  if (isPositive(reply) && complete) return reply;
  return refusal(mailer, reply, complete);
}

/** @throws ConnectionBroken when it is no refusal: both sides have lost each other then */
function refusal(mailer: MailerConnection, reply: string, complete = false): string {
  if (/^[45]/.test(reply)) return reply;
  mailer.breakOff(`an unexpected reply: ${oneLine(reply)}`);
  throw new ConnectionBroken(complete, mailer.fault ?? '');
}

const isPositive = (reply: string): boolean => reply.startsWith('2');

/** A reply that is none of ours to understand puts the recipient off. */
function refused({ address }: { readonly address: RecipientResult['address'] }, reply: string): RecipientResult {
  return { address, result: 'refused', permanent: reply.startsWith('5'), reply: oneLine(reply) };
}

const mostReply = 1000; // characters

/** `550-5.1.1 No such user` and `550 5.1.1 here` as `550 5.1.1 No such user here`. */
export function oneLine(reply: string): string {
  const [first = '', ...rest] = reply.slice(0, mostReply * 2).split(/\r?\n/);
  const code = /^\d{3}[ -]?(?:[245]\.\d{1,3}\.\d{1,3}(?: |$))?/.exec(first)?.[0] ?? '';
  const more = rest.map((line) => line.replace(/^\d{3}[ -]?/, '').replace(/^[245]\.\d{1,3}\.\d{1,3}(?: |$)/, ''));
  return printable([`${code.replace('-', ' ')}${first.slice(code.length)}`, ...more].join(' '), mostReply).trimEnd();
}
