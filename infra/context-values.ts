import { isHostname } from '../core/settings/hostname.ts';

/** A value of CDK's context by its name. From cdk.json it has a type of JSON; given with `-c` it is text. */
export type Given = (name: string) => unknown;

/** How a value that is not allowed is refused: its name, what it was, what is allowed. */
const refused = (name: string, value: unknown, allowed: string): Error =>
  new Error(`${name} ${JSON.stringify(value)}: give ${allowed}, in cdk.json or as in: npx cdk deploy -c ${name}=...`);

export const optional = <T>(value: unknown, parse: (value: unknown) => T): T | undefined =>
  value === undefined || value === '' ? undefined : parse(value);

export function text(name: string, value: unknown, form: RegExp, allowed: string): string {
  if (typeof value === 'string' && form.test(value)) return value;
  throw refused(name, value, allowed);
}

export function hostname(name: string, value: unknown): string {
  if (typeof value === 'string' && isHostname(value) && value.includes('.')) return value.toLowerCase();
  throw refused(name, value, 'the name of the edge as other hosts will know it, as in mail.example.org');
}

export function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw refused(name, value, `one of ${allowed.join(', ')}`);
}

export function yesOrNo(name: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw refused(name, value, 'true or false');
}

export function whole(name: string, value: unknown, [least, most]: readonly [number, number]): number {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
  throw refused(name, value, `a whole number from ${least} to ${most}`);
}

/** From cdk.json a list, with `-c` its texts with commas between. */
export function listOf(name: string, value: unknown, form: RegExp, allowed: string): readonly string[] {
  const parts: unknown = typeof value === 'string' ? value.split(',') : value;
  const legal = (part: unknown): part is string => typeof part === 'string' && form.test(part);
  if (Array.isArray(parts) && parts.length > 0 && parts.every(legal)) return parts;
  throw refused(name, value, allowed);
}
