import type { MessageBodies, StagedBody } from '../mailbox/message-bodies.ts';
import type { AccountId, ReversePath } from '../values/address.ts';
import type { Clock } from '../values/clock.ts';
import type { NewId, SpoolId } from '../values/ids.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type ResolvedRecipient, recipientsByHop } from './recipients.ts';
import type { BodyDeclaration, NewSpoolRow, Spool } from './spool.ts';

/** A message on its way in: the envelope is complete and was judged, the octets are still coming. */
export interface IncomingMessage {
  readonly id: SpoolId;
  readonly reversePath: ReversePath;
  readonly recipients: readonly ResolvedRecipient[];
  readonly submittedBy?: AccountId;
  /** Octets as they are to be stored, CRLF line ends; read once, no faster than they can be stored. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Our trace fields, to stand before the source. */
  readonly trace: Uint8Array;
  /** Asked after the source has ended. */
  declared(): BodyDeclaration;
}

export interface AcceptDeps {
  readonly bodies: MessageBodies;
  readonly spool: Spool;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
}

export const newSpoolId = (newId: NewId): SpoolId => newId() as SpoolId;

/**
 * Takes a message into the spool: stored once, one row for the mailboxes here and one per outside domain. When it resolves the message is
 * durable and on its way, and the client may be told so.
 * @param mayStillAccept asked when all octets are there; a process that lost its right to act must not promise anything
 * @throws what the source throws, or the store: nothing was kept then; also when nobody is to get it
 */
export async function accept(message: IncomingMessage, mayStillAccept: () => boolean, deps: AcceptDeps): Promise<'accepted' | 'withdrawn'> {
  const staged = await deps.bodies.stage(message.source, message.trace);
  try {
    if (!mayStillAccept()) {
      await deps.bodies.discard(staged);
      return 'withdrawn';
    }
    await spoolRows(message, staged, deps);
    return 'accepted';
  } catch (error) {
    await deps.bodies.discard(staged);
    throw error;
  }
}

async function spoolRows(message: IncomingMessage, staged: StagedBody, { spool, dispatcher, clock }: AcceptDeps): Promise<void> {
  const shared = {
    reversePath: message.reversePath,
    declared: message.declared(),
    ...(message.submittedBy === undefined ? {} : { submittedBy: message.submittedBy }),
  };
  const rows = recipientsByHop(message.recipients).map((hop): NewSpoolRow => ({ ...hop, ...shared }));
  if (rows.length === 0) throw new Error('a message without a recipient');
  const now = clock.now();
  // A claim covers all rows of a message, and outbound rows must stay free for any session: so only purely local messages are born claimed.
  const [first] = rows;
  const claim = rows.length === 1 && first?.nextHop.kind === 'local' ? dispatcher.claimFor(first.nextHop, now) : undefined;
  dispatcher.wake(await spool.add(message.id, staged, rows, now, claim));
}
