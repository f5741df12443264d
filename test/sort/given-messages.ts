import type { MailboxStore, MessageRecord } from '../../core/mailbox/mailbox-store.ts';
import type { Ordering } from '../../core/mailbox/sort/ordering.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import type { BodyId, MailboxId } from '../../core/values/ids.ts';
import { inNumberSet } from '../../core/values/number-set.ts';
import type { Modseq, Uid } from '../../core/values/uid.ts';

/** A message as it would stand in a mailbox. @param received ms since the epoch */
export function recordOf(uid: number, lines: readonly string[], received = 0): MessageRecord {
  const parser = messageFacts();
  parser.write(Buffer.from([...lines, '', 'text', ''].join('\r\n')));
  const facts = parser.end();
  const row = { uid: uid as Uid, flags: [], modseq: 1n as Modseq };
  return { ...row, internalDate: received, body: `${uid}` as BodyId, prefix: '', size: facts.size, facts };
}

/** Messages that can be put in an order; how often others got their turn is counted. */
export function orderingOf(records: readonly MessageRecord[], signal = new AbortController().signal) {
  const seen = { turns: 0 };
  const mailboxes: Pick<MailboxStore, 'messages'> = {
    async *messages(_mailbox, uids) {
      for (const record of records) if (inNumberSet(uids, record.uid)) yield record;
    },
  };
  const ordering: Ordering = {
    mailbox: 'm' as MailboxId,
    mailboxes,
    signal,
    progress: () => {},
    giveTurn: async () => {
      seen.turns += 1;
    },
  };
  return { ordering, seen };
}
