/** What a domain says about TLS to its mail hosts (RFC 8461 section 3.2). */
export interface Policy {
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Names of mail hosts, in lower case; `*.example.net` stands for any one label. */
  readonly mx: readonly string[];
  /** Seconds. */
  readonly maxAge: number;
}

const longestAge = 31_557_600; // s, RFC 8461 section 3.2
const mostPatterns = 100;
const pattern = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/;

/** @returns undefined when the text is no policy: the domain is treated as if it had none (section 3.3) */
export function parsePolicy(text: string): Policy | undefined {
  const fields = text.split(/\r?\n/).map(parseField);
  const first = (name: string): string | undefined => fields.find((field) => field?.name === name)?.value;
  if (fields[0]?.name !== 'version' || fields[0].value !== 'STSv1') return undefined;
  const mode = (['enforce', 'testing', 'none'] as const).find((one) => one === first('mode'));
  const age = first('max_age') ?? '';
  if (mode === undefined || !/^\d{1,10}$/.test(age)) return undefined;
  const mx = fields.flatMap((field) => (field?.name === 'mx' ? [field.value.toLowerCase()] : []));
  if ((mx.length === 0 && mode !== 'none') || mx.length > mostPatterns || !mx.every((one) => pattern.test(one))) return undefined;
  return { mode, mx: mx.map((one) => one.replace(/\.$/, '')), maxAge: Math.min(Number(age), longestAge) };
}

function parseField(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, value] = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31})[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}

/** The reverse of `parsePolicy`. */
export const formatPolicy = ({ mode, mx, maxAge }: Policy): string =>
  ['version: STSv1', `mode: ${mode}`, ...mx.map((one) => `mx: ${one}`), `max_age: ${maxAge}`, ''].join('\r\n');

/** Does the policy name this mail host (RFC 8461 section 4.1)? A wildcard stands for exactly one label. */
export function mayTake({ mx }: Policy, host: string): boolean {
  const name = host.replace(/\.$/, '').toLowerCase();
  const above = name.slice(name.indexOf('.') + 1);
  return mx.some((one) => (one.startsWith('*.') ? name.includes('.') && one.slice(2) === above : one === name));
}

/**
 * The id of the policy in force, from the TXT records of `_mta-sts.<domain>` (RFC 8461 section 3.1).
 * @returns undefined when there is none, or more than one
 */
export function policyIdIn(records: readonly string[]): string | undefined {
  const ours = records.filter((record) => /^v=STSv1[ \t]*;/.test(record));
  if (ours.length !== 1) return undefined;
  return /;[ \t]*id[ \t]*=[ \t]*([A-Za-z0-9]{1,32})[ \t]*(?:;|$)/.exec(ours[0] as string)?.[1];
}
