import { type Network, parseNetwork } from '../values/network.ts';
import type { Limit, LimitMode, Setting } from './setting.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';

/** What every declaration tells besides its type. `from` is the product or the RFC that asks for it. */
export interface Facts<T> {
  readonly default: Setting<T>['default'];
  readonly from: string;
  readonly doc: string;
  readonly fixed?: boolean;
  readonly defaultInWords?: string;
}

/** Both ends belong to the range. */
export type Range = readonly [least: number, most: number];
export type Ranged<T> = Facts<T> & { readonly range: Range };

/** A switch that is `on` or `off`. */
export const switchSetting = (name: string, facts: Facts<boolean>): Setting<boolean> =>
  declare('switch', name, facts, {
    allowed: 'on or off',
    read: (text) => (text === 'on' ? true : text === 'off' ? false : undefined),
    format: (value) => (value ? 'on' : 'off'),
  });

/** A whole number. */
export const whole = (name: string, facts: Ranged<number>): Setting<number> => wholeOf('whole', name, facts);

/** How many of something there may be at once, with the setting that says whether it is enforced. */
export const limit = (name: string, facts: Ranged<number>): Limit => ({ ...wholeOf('limit', name, facts), mode: modeOf(name) });

const modeOf = (name: string): Setting<LimitMode> =>
  choice(`${name}/mode`, {
    default: 'enforce',
    of: ['enforce', 'observe'],
    from: 'to see whom a limit would hit before it does',
    doc: `\`observe\`: nobody is refused by \`${name}\`; who would have been is counted and reported.`,
  });

/** Hundredths of something, as a whole number. */
export const percent = (name: string, facts: Facts<number>): Setting<number> =>
  declare('percent', name, facts, {
    allowed: '0–100',
    read: (text) => within([0, 100], /^\d{1,3}%?$/.test(text) ? Number.parseInt(text, 10) : undefined),
    format: String,
  });

const mostNetworks = 64;

/** Networks as CIDR, parted by spaces or commas; a bare address is a network of one. */
export const networks = (name: string, facts: Facts<readonly Network[]>): Setting<readonly Network[]> =>
  declare('networks', name, facts, {
    allowed: `up to ${mostNetworks} networks like 10.0.0.0/8 or 2001:db8::/32, or none`,
    read: (text) => {
      if (text === '' || text === 'none') return [];
      const read = text.split(/[\s,]+/).map(parseNetwork);
      const known = read.filter((network) => network !== undefined);
      return known.length === read.length && known.length <= mostNetworks ? known : undefined;
    },
    format: (value) => (value.length === 0 ? 'none' : value.join(' ')),
  });

/** Seconds, written `90`, `90s`, `5m`, `2h` or `3d`. */
export const duration = (name: string, facts: Ranged<number>): Setting<number> =>
  declare('duration', name, facts, {
    allowed: rangeText(facts.range, formatDuration),
    read: (text) => within(facts.range, parseDuration(text)),
    format: formatDuration,
  });

/** A list of durations, in seconds, parted by spaces or commas. `range` holds for each; there is at least one. */
export const durations = (name: string, facts: Ranged<readonly number[]> & { readonly most: number }): Setting<readonly number[]> =>
  declare('durations', name, facts, {
    allowed: `1–${facts.most} times, each ${rangeText(facts.range, formatDuration)}`,
    read: (text) => {
      const read = text.split(/[\s,]+/).map((one) => within(facts.range, parseDuration(one)));
      const times = read.filter((seconds) => seconds !== undefined);
      return times.length === read.length && times.length <= facts.most ? times : undefined;
    },
    format: (value) => value.map(formatDuration).join(' '),
  });

/** Octets, written `35MB`, `64KB` or plainly; KB, MB and GB are powers of 1024. */
export const bytes = (name: string, facts: Ranged<number>): Setting<number> =>
  declare('bytes', name, facts, {
    allowed: rangeText(facts.range, formatSize),
    read: (text) => within(facts.range, parseSize(text)),
    format: formatSize,
  });

/** One line of text. `isLegal` sees it trimmed; control characters never get that far. */
export const text = (
  name: string,
  facts: Facts<string> & { readonly allowed: string; readonly isLegal: (value: string) => boolean },
): Setting<string> =>
  declare('text', name, facts, {
    allowed: facts.allowed,
    read: (value) => (facts.isLegal(value) ? value : undefined),
    format: (value) => value,
  });

/** One word of a few. */
export const choice = <const Words extends readonly string[]>(
  name: string,
  facts: Facts<Words[number]> & { readonly of: Words },
): Setting<Words[number]> =>
  declare<Words[number]>('choice', name, facts, {
    allowed: facts.of.join(', '),
    read: (value) => facts.of.find((word) => word === value),
    format: (value) => value,
  });

/** How a type reads and writes its values; `read` answers undefined for whatever is not allowed. */
export interface Form<T> {
  readonly allowed: string;
  read(trimmed: string): T | undefined;
  format(value: T): string;
  /** The value may be told in a fault. @default true */
  readonly tellable?: boolean;
}

/** Puts a declaration together; the constructors of this file and of endpoint.ts all end here. */
export function declare<T>(type: Setting<T>['type'], name: string, facts: Facts<T>, form: Form<T>): Setting<T> {
  return {
    name,
    type,
    default: facts.default,
    allowed: form.allowed,
    from: facts.from,
    doc: facts.doc,
    ...(facts.fixed === true ? { fixed: true } : {}),
    ...(facts.defaultInWords === undefined ? {} : { defaultInWords: facts.defaultInWords }),
    parse: (given) => parseBy(form, given),
    format: (value) => form.format(value),
  };
}

const maxLength = 1000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
/** `user:password@` of a URL or of an endpoint: a secret where everybody who may list settings would read it. */
const password = /[^\s:/]+:[^\s:/@]+@/;

function parseBy<T>(form: Form<T>, given: string): { readonly value: T } | { readonly fault: string } {
  const trimmed = given.trim();
  if (password.test(trimmed)) return { fault: 'holds user:password@; keep the password as a secret and write secret:<name> instead' };
  if (trimmed.length > maxLength) return { fault: `takes at most ${maxLength} characters` };
  if (control.test(trimmed)) return { fault: 'takes one line without control characters' };
  const value = form.read(trimmed);
  if (value !== undefined) return { value };
  return { fault: `takes ${form.allowed}${form.tellable === false ? '' : `; ${JSON.stringify(trimmed.slice(0, 60))} is not`}` };
}

const wholeOf = (type: 'whole' | 'limit', name: string, facts: Ranged<number>): Setting<number> =>
  declare(type, name, facts, {
    allowed: rangeText(facts.range, String),
    read: (text) => within(facts.range, /^\d{1,15}$/.test(text) ? Number(text) : undefined),
    format: String,
  });

const within = ([least, most]: Range, value: number | undefined): number | undefined =>
  value !== undefined && value >= least && value <= most ? value : undefined;

const rangeText = ([least, most]: Range, format: (value: number) => string): string => `${format(least)}–${format(most)}`;
