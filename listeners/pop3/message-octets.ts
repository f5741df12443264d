import { MailboxGone, type MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import { BodyMissing } from '../../core/mailbox/message-bodies.ts';
import { surrogate } from '../../core/message/surrogate.ts';
import type { Flag } from '../../core/values/flags.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { Uid } from '../../core/values/uid.ts';
import type { Pop3Context } from './context.ts';
import type { Transaction } from './state.ts';

export interface OpenMessage {
  readonly flags: readonly Flag[];
  /** To be read once. */
  readonly octets: AsyncIterable<Uint8Array>;
}

/**
 * Opens a message of the maildrop and reads its first octets, so that one that is gone is known before `+OK` is said. A client that did not
 * ask for UTF-8 gets the surrogate of a message that has it in its headers (RFC 6856 section 2.1).
 * @returns undefined when another session removed it since login
 */
export async function openMessage({ maildrop, utf8 }: Transaction, uid: Uid, context: Pop3Context): Promise<OpenMessage | undefined> {
  try {
    const record = await findRecord(maildrop.mailbox.id, uid, context);
    if (record === undefined) return undefined;
    const body = context.bodies.read(record.body, 0, record.size - record.prefix.length)[Symbol.asyncIterator]();
    const octets = octetsOf(record.prefix, await body.next(), body);
    return { flags: record.flags, octets: utf8 ? octets : surrogate(octets, record.facts.structure, record.prefix.length) };
  } catch (error) {
    if (error instanceof BodyMissing || error instanceof MailboxGone) return undefined;
    throw error;
  }
}

async function findRecord(mailbox: MailboxId, uid: Uid, { mailboxes }: Pop3Context): Promise<MessageRecord | undefined> {
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
