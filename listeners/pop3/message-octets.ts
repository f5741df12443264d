import { MailboxGone, type MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { BodyMissing } from '../../core/mailbox/message-bodies.ts';
import { surrogate } from '../../core/message/surrogate.ts';
import type { Flag } from '../../core/values/flags.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { Pop3Context } from './context.ts';
import type { Drop } from './maildrop.ts';
import type { Transaction } from './state.ts';

export interface OpenMessage {
  /** Octets, as LIST tells them. */
  readonly size: number;
  readonly flags: readonly Flag[];
  /** To be read once. */
  readonly octets: AsyncIterable<Uint8Array>;
}

/**
 * Opens a message of the maildrop and reads its first octets, so that one that is gone is known before `+OK` is said. A client that did not
 * ask for UTF-8 gets the surrogate of a message that has it in its headers (RFC 6856 section 2.1).
 * @returns why there is nothing to read, in words for the client
 */
export async function openMessage(
  message: number,
  { maildrop, utf8 }: Transaction,
  context: Pop3Context,
): Promise<OpenMessage | { readonly fault: string }> {
  const found = maildrop.find(message);
  if ('fault' in found) return found;
  try {
    const record = await findRecord(maildrop.mailbox.id, found.uid, context);
    if (record === undefined) return { fault: removed(message) };
    const body = context.bodies.read(record.body, 0, record.size - record.prefix.length)[Symbol.asyncIterator]();
    const octets = octetsOf(record.prefix, await body.next(), body);
    const { size } = found;
    return { size, flags: record.flags, octets: utf8 ? octets : surrogate(octets, record.facts.structure, record.prefix.length) };
  } catch (error) {
    if (error instanceof BodyMissing || error instanceof MailboxGone) return { fault: removed(message) };
    throw error;
  }
}

const removed = (message: number): string => `Message ${message} was removed by another session`;

async function findRecord(mailbox: MailboxId, uid: Drop['uid'], { mailboxes }: Pop3Context): Promise<MessageRecord | undefined> {
  for await (const record of mailboxes.messages(mailbox, [{ from: uid, to: uid }])) return record;
  return undefined;
}

async function* octetsOf(prefix: string, first: IteratorResult<Uint8Array>, body: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (prefix !== '') yield Buffer.from(prefix, 'latin1');
    for (let chunk = first; chunk.done !== true; chunk = await body.next()) yield chunk.value;
  } finally {
    await body.return?.();
  }
}
