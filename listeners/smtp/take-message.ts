import { type AcceptDeps, accept, newSpoolId } from '../../core/delivery/accept.ts';
import type { ResolvedRecipient } from '../../core/delivery/recipients.ts';
import { observed } from '../../core/delivery/sender-authentication.ts';
import { HeaderTooLong, submittedMessage } from '../../core/message/submission.ts';
import { countHops, maxHops, receivedField } from '../../core/message/trace.ts';
import type { AccountId, ReversePath } from '../../core/values/address.ts';
import type { NewId, SpoolId } from '../../core/values/ids.ts';
import type { IpAddress } from '../../core/values/network.ts';
import type { TlsFacts } from '../net/connection.ts';
import type { DataStream } from './edge-server.ts';
import type { MailWishes } from './esmtp-parameters.ts';
import { headerFirst } from './header-first.ts';
import { beginCheck, judgeResults, type SenderDeps, withoutForgedResults } from './judge-sender-results.ts';
import { DataFault, type DataFaultKind, type DataRules, ReceivedOctets } from './received-octets.ts';
import { type Reply, reply } from './reply.ts';

/** A whole envelope, and who stands behind it. */
export interface Envelope extends MailWishes {
  readonly path: ReversePath;
  readonly recipients: readonly ResolvedRecipient[];
  /** BODY=8BITMIME was declared. */
  readonly eightBit: boolean;
  /** SMTPUTF8 was declared. */
  readonly utf8: boolean;
  /** Our own name. */
  readonly host: string;
  readonly helo: string;
  readonly client: IpAddress;
  readonly tls: TlsFacts | undefined;
  /** The client said EHLO. */
  readonly extended: boolean;
  /** Who submits; undefined on the MX listener. */
  readonly account: AccountId | undefined;
}

export interface TakeDeps extends AcceptDeps, SenderDeps {
  readonly newId: NewId;
}

const answers: Readonly<Record<DataFaultKind, Reply>> = {
  'bare-line-end': reply(521, '5.5.2 Bare CR or LF in the message; lines must end in CRLF'),
  nul: reply(550, '5.6.0 The message contains NUL octets'),
  'too-large': reply(552, '5.3.4 Message exceeds fixed maximum message size'),
  'too-slow': reply(421, '4.4.2 The message took too long'),
  'header-too-large': reply(552, '5.3.4 The header of the message is too large'),
  'client-gone': reply(421, '4.4.2 Connection lost'),
  loop: reply(554, '5.4.6 Too many hops, this message is going in circles'),
};

/** RFC 7489 section 10.3 asks for words that tell it from other refusals. */
const dmarcRefusal = reply(550, '5.7.1 Refused by the DMARC policy of the domain in its From field');

/** Replies after which the connection must go: whoever sends such data may go on with commands that are part of it. */
export const endsSession = ({ code }: Reply): boolean => code === 521 || code === 421;

/**
 * Reads one DATA into the spool.
 * @param mayStillAccept see accept
 * @returns the reply to DATA: `250` once it is durable. @throws what the store throws
 */
export async function takeMessage(
  stream: DataStream,
  envelope: Envelope,
  rules: DataRules,
  mayStillAccept: () => boolean,
  deps: TakeDeps,
): Promise<Reply> {
  const id = newSpoolId(deps.newId);
  const now = deps.clock.now();
  const octets = new ReceivedOctets(stream, rules);
  let utf8Header = false;
  const look = (header: Buffer): Buffer => {
    if (countHops(header.toString('latin1')) > maxHops) throw new DataFault('loop');
    utf8Header = octets.eightBit && header.some((octet) => octet > 127);
    return withoutForgedResults(header, envelope.host);
  };
  const missing = { messageId: `<${id}@${envelope.host}>`, date: now };
  const check = beginCheck(envelope, deps);
  const received = check === undefined ? octets.read() : observed(octets.read(), check);
  const source = envelope.account === undefined ? received : submittedMessage(received, missing);
  const message = {
    id,
    reversePath: envelope.path,
    recipients: envelope.recipients,
    ...(envelope.account === undefined ? {} : { submittedBy: envelope.account }),
    ...(envelope.reports === undefined ? {} : { reports: envelope.reports }),
    ...(envelope.requireTls === undefined ? {} : { requireTls: envelope.requireTls }),
    trace: Buffer.from(receivedBy(envelope, id, now), 'latin1'),
    source: headerFirst(source, look),
    // Many programs declare SMTPUTF8 for every message: what needs it is a header or an address outside ASCII.
    declared: () => ({ eightBit: envelope.eightBit || octets.eightBit, utf8: envelope.utf8 && utf8Header }),
    ...(check === undefined ? {} : { judged: async () => judgeResults(id, envelope.host, await check.end(), deps) }),
  };
  try {
    const taken = await accept(message, mayStillAccept, deps);
    if (taken === 'refused') return dmarcRefusal;
    return taken === 'accepted' ? reply(250, `2.0.0 Accepted as ${id}`) : reply(421, '4.3.0 Try again later');
  } catch (error) {
    if (error instanceof DataFault) return answers[error.kind];
    if (error instanceof HeaderTooLong) return answers['header-too-large'];
    throw error;
  }
}

function receivedBy({ helo, client, host, tls, recipients, extended, account }: Envelope, id: SpoolId, time: number): string {
  const protocol = extended ? (`ESMTP${tls === undefined ? '' : 'S'}${account === undefined ? '' : 'A'}` as const) : 'SMTP';
  const forwardPaths = recipients.map(({ address }) => address);
  return receivedField({ helo, clientIp: client, host, protocol, id, ...(tls && { tls }), recipients: forwardPaths, time });
}
