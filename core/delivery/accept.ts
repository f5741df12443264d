import type { MessageBodies, StagedBody } from '../mailbox/message-bodies.ts';
import { returnPathField } from '../message/trace.ts';
import type { AccountId, ReversePath } from '../values/address.ts';
import type { Clock } from '../values/clock.ts';
import type { NewId, SpoolId } from '../values/ids.ts';
import { deliveryKeyOf } from './delivery-key.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type HopRecipients, type ResolvedRecipient, recipientsByHop } from './recipients.ts';
import { isWanted } from './reports/report.ts';
import type { BodyDeclaration, InboxCopy, NewSpoolRow, ReportWishes, Spool } from './spool.ts';

/** A message on its way in: the envelope is complete and was judged, the octets are still coming. */
export interface IncomingMessage {
  readonly id: SpoolId;
  readonly reversePath: ReversePath;
  readonly recipients: readonly ResolvedRecipient[];
  readonly submittedBy?: AccountId;
  readonly reports?: ReportWishes;
  readonly requireTls?: boolean;
  /** After a crash it may be handed in again, under the same id: each mailbox gets it once all the same. @default false */
  readonly mayComeAgain?: boolean;
  /** Octets as they are to be stored, CRLF line ends; read once, no faster than they can be stored. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Our trace fields, to stand before the source. */
  readonly trace: Uint8Array;
  /** Asked after the source has ended. */
  declared(): BodyDeclaration;
  /** Asked when all octets are there. @default the message is taken as it is */
  judged?(): Promise<Judgement>;
}

/** What comes of a message by what it says and who sent it. */
export type Judgement =
  | 'refused'
  | {
      /** See NewSpoolRow; both concern mailboxes here alone. What goes on to other hosts goes as it came: they judge by themselves. */
      readonly prefix?: string;
      readonly junk?: boolean;
    };

export interface AcceptDeps {
  readonly bodies: MessageBodies;
  readonly spool: Pick<Spool, 'add' | 'addDelivered'>;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
}

export const newSpoolId = (newId: NewId): SpoolId => newId() as SpoolId;

/**
 * Takes a message: stored once, one spool row for the mailboxes here and one per outside domain. A message for mailboxes here alone is put into
 * them in the same step where the store can do that. When it resolves the message is durable and on its way, and the client may be told so.
 * @param mayStillAccept asked when all octets are there; a process that lost its right to act must not promise anything
 * @throws what the source throws, or the store: nothing was kept then; also when nobody is to get it
 */
export async function accept(
  message: IncomingMessage,
  mayStillAccept: () => boolean,
  deps: AcceptDeps,
): Promise<'accepted' | 'withdrawn' | 'refused'> {
  const staged = await deps.bodies.stage(message.source, message.trace);
  try {
    const judged = (await message.judged?.()) ?? {};
    if (judged === 'refused' || !mayStillAccept()) {
      await deps.bodies.discard(staged);
      return judged === 'refused' ? 'refused' : 'withdrawn';
    }
    await spoolRows(message, judged, staged, deps);
    return 'accepted';
  } catch (error) {
    await deps.bodies.discard(staged);
    throw error;
  }
}

async function spoolRows(
  message: IncomingMessage,
  { prefix = '', junk = false }: Exclude<Judgement, 'refused'>,
  staged: StagedBody,
  { bodies, spool, dispatcher, clock }: AcceptDeps,
): Promise<void> {
  const shared = {
    reversePath: message.reversePath,
    declared: message.declared(),
    ...(message.submittedBy === undefined ? {} : { submittedBy: message.submittedBy }),
    ...(message.reports === undefined ? {} : { reports: message.reports }),
    ...(message.requireTls === undefined ? {} : { requireTls: message.requireTls }),
  };
  const hops = recipientsByHop(message.recipients);
  const now = clock.now();
  const all = returnPathField(message.reversePath) + prefix;
  const copies = onlyAccounts(hops)?.map(
    (account): InboxCopy => ({
      account,
      prefix: all,
      internalDate: now,
      junk,
      ...(message.mayComeAgain === true ? { deliveryKey: deliveryKeyOf(message.id, account) } : {}),
    }),
  );
  if (copies !== undefined && (await spool.addDelivered(staged, copies))) return;
  const here = { ...(prefix === '' ? {} : { prefix }), ...(junk ? { junk } : {}) };
  const rows = hops.map((hop): NewSpoolRow => ({ ...hop, ...shared, ...(hop.nextHop.kind === 'local' ? here : {}) }));
  const added = await spool.add(message.id, staged, rows, now);
  // It came again: its rows are there with the body that came first.
  if (!added.some(({ body }) => body === staged.id)) await bodies.discard(staged);
  dispatcher.wake(added);
}

/** @returns the accounts, when nobody else gets the message and nobody wants to hear of it: then there is nothing to wait for and nobody to wake */
function onlyAccounts(hops: readonly HopRecipients[]): readonly AccountId[] | undefined {
  const [hop] = hops;
  if (hop === undefined || hops.length > 1 || hop.nextHop.kind !== 'local') return undefined;
  if (hop.recipients.some((recipient) => isWanted('delivered', recipient))) return undefined; // the report goes with a row's end
  return hop.recipients.flatMap(({ account }) => account ?? []);
}
