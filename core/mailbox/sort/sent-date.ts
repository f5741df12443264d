import type { MessageRecord } from '../mailbox-store.ts';
import { utcDay, writtenDay } from '../search/day.ts';

/**
 * When a message was sent, ms since the epoch (RFC 5256 section 2.2): the Date field; with a time that is none, midnight of its day; without a
 * day, INTERNALDATE.
 */
export function sentDate(record: Pick<MessageRecord, 'facts' | 'internalDate' | 'sentAt'>): number {
  if (record.sentAt !== undefined) return record.sentAt;
  const { facts, internalDate } = record;
  if (facts.date !== undefined) return facts.date;
  const day = writtenDay(facts.envelope.date);
  const midnight = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
  // A day that there never was is read as one of the next month.
  return !Number.isNaN(midnight) && utcDay(midnight) === day ? midnight : internalDate;
}
