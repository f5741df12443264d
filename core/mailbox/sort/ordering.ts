import type { MailboxId } from '../../values/ids.ts';
import { numberSet } from '../../values/number-set.ts';
import type { MailboxStore, MessageRecord } from '../mailbox-store.ts';

/** Where messages are that are put in an order. */
export interface Ordering {
  readonly mailbox: MailboxId;
  readonly mailboxes: Pick<MailboxStore, 'messages'>;
  readonly signal: AbortSignal;
  /** Lets others have their turn; called now and then. */
  readonly giveTurn: () => Promise<void>;
  /** Told again and again how many messages were looked at, of how many. */
  readonly progress: (done: number, of: number) => void;
}

/** Records of these messages, ascending, one at a time; those expunged meanwhile are passed over. @throws MailboxGone, the signal's reason */
export async function* recordsOf(uids: readonly number[], ordering: Ordering): AsyncGenerator<MessageRecord> {
  let done = 0;
  for await (const record of ordering.mailboxes.messages(ordering.mailbox, numberSet(uids))) {
    ordering.signal.throwIfAborted();
    ordering.progress(done++, uids.length);
    yield record;
  }
}

/** @returns what lets others have their turn. It throws the signal's reason */
export const turnOf =
  ({ giveTurn, signal }: Ordering): (() => Promise<void>) =>
  async () => {
    await giveTurn();
    signal.throwIfAborted();
  };
