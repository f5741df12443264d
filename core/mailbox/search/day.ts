import type { MessageRecord } from '../mailbox-store.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** @param time ms since the epoch. @returns `YYYY-MM-DD` in UTC, the zone in which INTERNALDATE is told; such days compare as text */
export const utcDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The day on which the message came into its mailbox (RFC 8514). */
export const savedDay = ({ savedAt, internalDate }: MessageRecord): string => utcDay(savedAt ?? internalDate);

/**
 * The day of the Date field as its writer wrote it: SENTON disregards time and timezone (RFC 9051 section 6.4.4), so the written day counts,
 * not the UTC one. Without a usable Date field the internal date stands in, as in SORT (RFC 5256 section 2.2).
 */
export const sentDay = (record: MessageRecord): string =>
  writtenDay(record.facts.envelope.date) ?? utcDay(record.facts.date ?? record.internalDate);

/** @param date value of a Date field. @returns `YYYY-MM-DD`, maybe of a day that there never was; undefined when none is written */
export function writtenDay(date: string | undefined): string | undefined {
  const written = /(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{2,4})/.exec(date ?? '');
  const month = months.indexOf((written?.[2] ?? '').toLowerCase());
  if (written === null || month < 0) return undefined;
  const [, day = '', , year = ''] = written;
  return `${fullYear(year)}-${String(month + 1).padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** Two- and three-digit years by RFC 5322 section 4.3. */
function fullYear(year: string): string {
  if (year.length === 4) return year;
  const n = Number(year);
  return String(year.length === 3 || n >= 50 ? 1900 + n : 2000 + n);
}
