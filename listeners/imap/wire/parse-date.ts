import { type Scanner, SyntaxFault } from './scanner.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dateTime = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;

/** `1-Feb-1994`, with or without quotes. @returns `1994-02-01` */
export function searchDay(scanner: Scanner): string {
  const expected = 'a date such as 1-Feb-1994';
  const quoted = scanner.skip('"');
  const [day, month, year] = scanner.need('date', expected).split('-');
  if (quoted) scanner.expect('"');
  const ms = midnight(Number(year), month ?? '', Number(day));
  if (ms === undefined) throw new SyntaxFault('There is no such day');
  return `${year}-${twoDigits(new Date(ms).getUTCMonth() + 1)}-${twoDigits(Number(day))}`;
}

/** `"17-Jul-1996 02:44:25 -0700"`. @returns milliseconds since the epoch */
export function internalDate(scanner: Scanner): number {
  const found =
    dateTime.exec(scanner.need('quoted', 'a date and time in quotes')) ?? scanner.fail('a date such as "17-Jul-1996 02:44:25 -0700"');
  const [, day, month, years, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = found;
  const start = midnight(Number(years), month ?? '', Number(day));
  const inRange = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) <= 60 && Number(zoneHours) < 24 && Number(zoneMinutes) < 60;
  if (start === undefined || !inRange) return noSuchTime();
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  const time = start + ((Number(hours) * 60 + Number(minutes) - zone) * 60 + Number(seconds)) * 1000;
  // Told in UTC, it must still have a year of four digits.
  const year = new Date(time).getUTCFullYear();
  return year >= 0 && year <= 9999 ? time : noSuchTime();
}

function noSuchTime(): never {
  throw new SyntaxFault('There is no such date and time');
}

function midnight(year: number, month: string, day: number): number | undefined {
  const index = months.indexOf(month.toLowerCase());
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, index, day);
  return index >= 0 && date.getUTCMonth() === index && date.getUTCDate() === day ? date.getTime() : undefined;
}

const twoDigits = (n: number): string => `${n}`.padStart(2, '0');
