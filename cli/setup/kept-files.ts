/** Stands beside the files that were written, and says which they are. */
export const keptName = '.mailweir-dns.json';

export interface Kept {
  readonly domain: string;
  /** SHA-256 of each as it was written, in hexadecimal, by path. */
  readonly files: ReadonlyMap<string, string>;
}

export const keptText = ({ domain, files }: Kept): string =>
  `${JSON.stringify({ domain, files: Object.fromEntries(files) }, undefined, 2)}\n`;

/** @returns undefined when the text is none that `keptText` writes */
export function parseKept(text: string): Kept | undefined {
  const value = parsedJson(text);
  if (!isObject(value) || typeof value.domain !== 'string' || !isObject(value.files)) return undefined;
  const files = Object.entries(value.files).filter((entry): entry is [string, string] => isDigest(entry[1]));
  return { domain: value.domain, files: new Map(files) };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isDigest = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
