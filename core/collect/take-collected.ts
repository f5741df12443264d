import { type AcceptDeps, accept } from '../delivery/accept.ts';
import { lineEndNormaliser } from '../message/line-ends.ts';
import { receivedField } from '../message/trace.ts';
import { withoutForgedResults } from '../message/without-forged-results.ts';
import type { Address } from '../values/address.ts';
import type { SpoolId } from '../values/ids.ts';
import type { Maildrop } from './maildrop-client.ts';
import type { SourceFacts } from './source.ts';

/** More octets came than a message may have. What is left of it can't be skipped, so the session is over. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
  readonly octets: number;

  constructor(octets: number) {
    super(`the message has more than ${octets} octets`);
    this.octets = octets;
  }
}

export interface ToTake {
  /** The same each time this message is collected. */
  readonly id: SpoolId;
  /** Its number in the session. */
  readonly number: number;
  readonly maxOctets: number;
  /** Our own name. */
  readonly hostname: string;
}

/**
 * Reads one message from the maildrop into the INBOX of the source's account: durable when it resolves.
 *
 * The envelope it once had is gone. Its reverse-path here is the null one, whatever Return-Path it carries: reports about a message that
 * was accepted by somebody else long ago must not go to an address that anybody may have written there.
 * @throws MessageTooLarge, MaildropFault, and what the store throws
 */
export function takeCollected(
  message: ToTake,
  source: SourceFacts,
  maildrop: Maildrop,
  mayStillAccept: () => boolean,
  deps: AcceptDeps,
): Promise<'accepted' | 'withdrawn' | 'refused'> {
  const account = source.account as string as Address;
  const incoming = {
    id: message.id,
    reversePath: '' as const,
    recipients: [{ address: account, destination: { kind: 'local' as const, accounts: [source.account], forwards: [] } }],
    mayComeAgain: true,
    // What says in our name that we checked the sender was written by somebody else: we checked nothing.
    source: withoutForgedResults(octetsOf(maildrop.retrieve(message.number), message.maxOctets), message.hostname),
    trace: Buffer.from(traceOf(message, source, maildrop, deps.clock.now()), 'latin1'),
    declared: () => ({ eightBit: true, utf8: true }), // it goes no further than to a mailbox here
  };
  return accept(incoming, mayStillAccept, deps);
}

async function* octetsOf(retrieved: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Buffer> {
  const lines = lineEndNormaliser();
  let octets = 0;
  for await (const chunk of retrieved) {
    octets += chunk.length;
    if (octets > most) throw new MessageTooLarge(most);
    yield lines.write(chunk);
  }
  yield lines.end();
}

const traceOf = ({ id, hostname }: ToTake, { host, account }: SourceFacts, { address, connection }: Maildrop, time: number): string =>
  receivedField({
    helo: host,
    clientIp: address,
    host: hostname,
    protocol: 'POP3',
    id,
    recipients: [account],
    time,
    ...(connection === undefined ? {} : { tls: connection }),
  });
