import type { MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import type { NotifyEvent, StatusItem } from '../wire/command.ts';

/** Where a mailbox stands, as the client was last told or could know. */
export interface KnownCounts extends Pick<MailboxStatus, 'messages' | 'uidNext' | 'highestModseq'> {
  /** Undefined: not known of one that was just closed. */
  readonly unseen: number | undefined;
}

/** Of a mailbox that was just made. */
export const noMessages: KnownCounts = { messages: 0, unseen: 0, uidNext: 1 as Uid, highestModseq: 1n as Modseq };

export const asksForMessages = (events: ReadonlySet<NotifyEvent>): boolean => events.has('MessageNew');

/** What a STATUS response tells of a mailbox at once (RFC 5465 section 3.1). */
export const itemsAtOnce = (events: ReadonlySet<NotifyEvent>, condstore: boolean): readonly StatusItem[] => [
  'MESSAGES',
  'UIDNEXT',
  'UIDVALIDITY',
  ...(events.has('FlagChange') ? (['UNSEEN'] as const) : []),
  ...(condstore || events.has('FlagChange') ? (['HIGHESTMODSEQ'] as const) : []),
];

/**
 * What a STATUS response has to tell of what happened (RFC 5465 sections 5.1 to 5.3). Flags that change no count are told only to a client that knows
 * MODSEQ: to others the response would say nothing.
 */
export function itemsChanged(
  known: KnownCounts,
  now: MailboxStatus,
  events: ReadonlySet<NotifyEvent>,
  condstore: boolean,
): readonly StatusItem[] {
  const flags = events.has('FlagChange');
  const counts = asksForMessages(events) && (known.messages !== now.messages || known.uidNext !== now.uidNext);
  const unseen = flags && known.unseen !== undefined && known.unseen !== now.unseen;
  const modseq = condstore && known.highestModseq !== now.highestModseq;
  if (!counts && !unseen && !(flags && modseq)) return [];
  return [
    ...(counts ? (['MESSAGES', 'UIDNEXT'] as const) : []),
    'UIDVALIDITY',
    ...(unseen ? (['UNSEEN'] as const) : []),
    ...(condstore ? (['HIGHESTMODSEQ'] as const) : []),
  ];
}
