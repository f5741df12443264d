const months: Readonly<Record<string, number>> = {
  jan: 0,
  feb: 1,
  mar: 2,
  apr: 3,
  may: 4,
  jun: 5,
  jul: 6,
  aug: 7,
  sep: 8,
  oct: 9,
  nov: 10,
  dec: 11,
};

/** Hours from UTC of the obsolete zones (RFC 5322 section 4.3). Military letters and unknown names count as UTC, as it says there. */
const zones: Readonly<Record<string, number>> = { edt: -4, est: -5, cdt: -5, cst: -6, mdt: -6, mst: -7, pdt: -7, pst: -8 };

const dateTime =
  /^(?:[a-z]{2,12}\.?\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]{0,6}[\s-]+(\d{2,4})\s+(\d{1,2})\s*[:.]\s*(\d{1,2})(?:\s*[:.]\s*(\d{1,2}))?(?:[.,]\d{1,9})?(?:\s*([+-]\d{4})|\s*([a-z]{1,5}))?/i;

/**
 * Date of RFC 5322 section 3.3 with the obsolete forms of section 4.3 (two-digit years, named zones, comments).
 * @param text an unfolded field value. @returns milliseconds since the epoch, or undefined when it is no date
 */
export function parseDate(text: string): number | undefined {
  const found = dateTime.exec(withoutComments(text.slice(0, 200)).trim());
  if (found === null) return undefined;
  const [, day, monthName, yearText, hours, minutes, seconds, offset, zone] = found;
  const month = months[(monthName ?? '').toLowerCase()];
  const inRange = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds ?? 0) <= 60;
  if (month === undefined || !inRange) return undefined;
  const midnight = dayOf(fullYear(yearText ?? ''), month, Number(day));
  if (midnight === undefined) return undefined;
  return midnight + ((Number(hours) * 60 + Number(minutes) - zoneMinutes(offset, zone)) * 60 + Number(seconds ?? 0)) * 1000;
}

function dayOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month, day);
  return date.getUTCMonth() === month && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** RFC 5322 section 4.3: 00 to 49 is 20xx, the other years of two or three digits count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length >= 4) return year;
  return digits.length === 2 && year < 50 ? year + 2000 : year + 1900;
}

function zoneMinutes(offset: string | undefined, zone: string | undefined): number {
  if (offset === undefined) return 60 * (zones[(zone ?? '').toLowerCase()] ?? 0);
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3));
  return offset.startsWith('-') ? -minutes : minutes;
}

const withoutComments = (text: string): string => text.replace(/\([^()]*\)/g, ' ');

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** @param ms since the epoch. @returns `Wed, 17 Jul 1996 02:44:25 +0000`, for fields that we write */
export function formatDate(ms: number): string {
  const date = new Date(ms);
  const two = (n: number) => `${n}`.padStart(2, '0');
  const month = Object.keys(months)[date.getUTCMonth()] ?? '';
  const day = `${dayNames[date.getUTCDay()]}, ${date.getUTCDate()} ${month.charAt(0).toUpperCase()}${month.slice(1)} ${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
