export type Params = readonly (readonly [name: string, value: string])[];

const maxParams = 200;

/** `text/plain; charset=utf-8`, `attachment; filename="x"` (RFC 2045 section 5.1). */
export interface Parametrised {
  /** What stands before the first `;`, lower case, without comments. */
  readonly value: string;
  readonly params: Params;
}

const name = /[\s;]*([^\s=;"()]+)\s*=\s*/y;
/** An unquoted value may hold spaces in practice: it goes up to the next semicolon. */
const quotedOrBare = /"((?:[^"\\]|\\[\s\S])*)"?[^;]*|([^;]*)/y;
/** What can't be read as a parameter is passed over up to the next semicolon. */
const junk = /[\s;]*[^;]*/y;

/** @param text an unfolded field value. Never throws; linear */
export function parseParametrised(text: string): Parametrised {
  const semicolon = text.indexOf(';');
  const value = withoutComments(semicolon === -1 ? text : text.slice(0, semicolon)).toLowerCase();
  return { value, params: semicolon === -1 ? [] : joinContinuations(rawParams(text, semicolon)) };
}

/** Comments do not nest here: in MIME fields they hardly occur, and nested ones not at all. */
export const withoutComments = (text: string): string => (text.includes('(') ? text.replace(/\([^()]*\)/g, '') : text).trim();

/** Some write quotes inside of quotes, or where the grammar has a bare word: `charset="'utf-8'"`. */
export const withoutQuotes = (text: string): string => text.trim().replace(/^(['"])(.*)\1$/, '$2');

function rawParams(text: string, start: number): [string, string][] {
  const params: [string, string][] = [];
  let at = start;
  while (at < text.length && params.length < maxParams) {
    name.lastIndex = at;
    const found = name.exec(text);
    if (found === null) {
      junk.lastIndex = at;
      at += junk.exec(text)?.[0].length || 1;
      continue;
    }
    quotedOrBare.lastIndex = name.lastIndex;
    const [, quoted, bare] = quotedOrBare.exec(text) ?? [];
    params.push([(found[1] ?? '').toLowerCase(), quoted === undefined ? withoutComments(bare ?? '') : quoted.replace(/\\([\s\S])/g, '$1')]);
    at = quotedOrBare.lastIndex;
  }
  return params;
}

const continuation = /^(.+?)\*(\d{1,3})(\*?)$/;

/**
 * Joins `name*0`, `name*1*`, … into one (RFC 2231 section 3). When a section is in the extended form the joined parameter is called
 * `name*`, its charset in front and the rest percent-encoded, as a client expects an extended value.
 */
function joinContinuations(params: readonly (readonly [string, string])[]): Params {
  const sections = new Map<string, { value: string; extended: boolean }[]>();
  for (const [key, value] of params) {
    const found = continuation.exec(key);
    if (found === null) continue;
    const list = sections.get(found[1] ?? '') ?? [];
    list[Number(found[2])] ??= { value, extended: found[3] === '*' };
    sections.set(found[1] ?? '', list);
  }
  if (sections.size === 0) return params;
  const done = new Set<string>();
  return params.flatMap(([key, value]) => {
    const base = continuation.exec(key)?.[1];
    if (base === undefined) return [[key, value] as const];
    if (done.has(base)) return [];
    done.add(base);
    return [joined(base, sections.get(base) ?? [])];
  });
}

function joined(base: string, list: readonly ({ value: string; extended: boolean } | undefined)[]): readonly [string, string] {
  const present = list.filter((section) => section !== undefined);
  if (!present.some(({ extended }) => extended)) return [base, present.map(({ value }) => value).join('')];
  const charset = present[0]?.extended ? '' : "''";
  return [`${base}*`, charset + present.map(({ value, extended }) => (extended ? value : percentEncode(value))).join('')];
}

const percentEncode = (octets: string): string =>
  octets.replace(/[^A-Za-z0-9!#$&+.^_`{|}~-]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

/** Value of a parameter, by its lower-case name. */
export const paramOf = (params: Params, wanted: string): string | undefined => params.find(([key]) => key === wanted)?.[1];
