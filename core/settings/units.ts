const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const octets = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

/** @param text `90`, `90s`, `5m`, `2h`, `3d`. @returns seconds; undefined when it is none of these */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9})\s*([smhd]?)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * seconds[(unit || 's') as keyof typeof seconds];
}

/** @returns the shortest exact text that parseDuration reads back: 300 → `5m`, 90 → `90s` */
export const formatDuration = (value: number): string => withUnit(value, seconds);

/** @param text `35MB`, `64 KB`, `1000`; the case of the unit does not matter. @returns octets */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,15})\s*(B|KB|MB|GB)?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(digits) * octets[(unit ?? 'B').toUpperCase() as keyof typeof octets];
  return Number.isSafeInteger(value) ? value : undefined;
}

/** @returns the shortest exact text that parseSize reads back: 36700160 → `35MB` */
export const formatSize = (value: number): string => withUnit(value, octets);

function withUnit(value: number, units: Readonly<Record<string, number>>): string {
  const [largest] = Object.entries(units)
    .filter(([, size]) => value % size === 0 && (value !== 0 || size === 1))
    .sort(([, a], [, b]) => b - a);
  return largest === undefined ? String(value) : `${value / largest[1]}${largest[0]}`;
}
