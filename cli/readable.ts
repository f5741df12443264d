const steps = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** @param ms a span of time. @returns its two largest units: `2d 3h`, `5m 10s`, `0s` */
export function readableSpan(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of steps) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0 || parts.length > 0) parts.push(`${count}${unit}`);
  }
  return [...parts, `${rest}s`].slice(0, 2).join(' ');
}

/** @param octets a size. @returns `980 B`, `12.3 KB`, `25.0 MB` */
export function readableSize(octets: number): string {
  const units = ['KB', 'MB', 'GB', 'TB'];
  let size = octets;
  let unit = 'B';
  for (const next of units) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return unit === 'B' ? `${size} B` : `${size.toFixed(1)} ${unit}`;
}

/** @param at ms since the epoch. @returns UTC, to the second */
export const readableTime = (at: number): string =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
