import type { PartialRange } from '../../../core/values/partial-range.ts';
import type { Section } from '../../../core/values/section.ts';
import type { Modseq } from '../../../core/values/uid.ts';
import type { FetchItem, Verb } from './command.ts';
import { formatAstring } from './format-string.ts';
import { modseq, partialRange, sequenceSet } from './parse-words.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

/** Parts inside parts: the MIME parser keeps no deeper ones. */
const maxPath = 200;
const maxFields = 500;

const attributes = [
  'ENVELOPE',
  'FLAGS',
  'INTERNALDATE',
  'RFC822.SIZE',
  'UID',
  'BODYSTRUCTURE',
  'MODSEQ',
  'EMAILID',
  'THREADID',
  'SAVEDATE',
] as const;
const attribute = (name: string): FetchItem | undefined => {
  const item = attributes.find((one) => one === name);
  return item && { item };
};

const fast: readonly FetchItem[] = [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }];
const all: readonly FetchItem[] = [...fast, { item: 'ENVELOPE' }];
/** RFC 3501 section 6.4.5. */
const macros: Readonly<Record<string, readonly FetchItem[]>> = { ALL: all, FAST: fast, FULL: [...all, { item: 'BODY' }] };

/** Names from RFC 822's time for sections that BODY[...] covers too. */
const old: Readonly<Record<string, FetchItem>> = {
  RFC822: { item: 'SECTION', name: 'RFC822', section: { path: [], text: 'all' }, peek: false },
  'RFC822.HEADER': { item: 'SECTION', name: 'RFC822.HEADER', section: { path: [], text: 'HEADER' }, peek: true },
  'RFC822.TEXT': { item: 'SECTION', name: 'RFC822.TEXT', section: { path: [], text: 'TEXT' }, peek: false },
};

/** FETCH and UID FETCH behind the verb; CHANGEDSINCE and VANISHED of RFC 7162 sections 3.1.4.1 and 3.2.6, PARTIAL of RFC 9394 section 3.3. */
export function parseFetch(scanner: Scanner, uid: boolean): Verb {
  scanner.space('a sequence set');
  const set = sequenceSet(scanner);
  scanner.space('what to fetch');
  const items = fetchItems(scanner);
  if (!scanner.skip(' ')) return { verb: 'FETCH', uid, set, items };
  return { verb: 'FETCH', uid, set, items, ...fetchModifiers(scanner, uid) };
}

interface Modifiers {
  changedSince?: Modseq;
  vanished?: true;
  partial?: PartialRange;
}

const readModifier: Readonly<Record<string, (scanner: Scanner) => Modifiers>> = {
  CHANGEDSINCE: (scanner) => {
    scanner.space('a modification sequence number');
    return { changedSince: modseq(scanner) };
  },
  VANISHED: () => ({ vanished: true }),
  PARTIAL: (scanner) => {
    scanner.space('a range');
    return { partial: partialRange(scanner) };
  },
};

/** In any order (RFC 4466 section 2.4). */
function fetchModifiers(scanner: Scanner, uid: boolean): Modifiers {
  const found = new Map<string, Modifiers>();
  scanner.list('modifiers such as (CHANGEDSINCE number)', () => {
    const modifier = scanner.need('letters', uid ? 'CHANGEDSINCE, PARTIAL or VANISHED' : 'CHANGEDSINCE').toUpperCase();
    const read = Object.hasOwn(readModifier, modifier) ? readModifier[modifier] : undefined;
    if (read === undefined) throw new SyntaxFault(`Unknown modifier ${modifier.slice(0, 40)}`);
    if (found.has(modifier)) throw new SyntaxFault(`Repeated modifier ${modifier}`);
    found.set(modifier, read(scanner));
  });
  for (const name of ['VANISHED', 'PARTIAL']) if (!uid && found.has(name)) throw new SyntaxFault(`${name} is for UID FETCH`);
  if (found.has('VANISHED') && !found.has('CHANGEDSINCE')) throw new SyntaxFault('VANISHED needs CHANGEDSINCE beside it');
  return Object.assign({}, ...found.values());
}

function fetchItems(scanner: Scanner): readonly FetchItem[] {
  if (scanner.next === '(') return eachOnce(scanner.list('data items', () => fetchItem(scanner, name(scanner))));
  const first = name(scanner);
  return (Object.hasOwn(macros, first) ? macros[first] : undefined) ?? [fetchItem(scanner, first)];
}

/** A part that is named ten thousand times in one command would be read and decoded as often. */
const eachOnce = (items: readonly FetchItem[]): readonly FetchItem[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];

/** Data items behind their parenthesis. */
export const fetchItemList = (scanner: Scanner): readonly FetchItem[] => eachOnce(scanner.rest(() => fetchItem(scanner, name(scanner))));

const name = (scanner: Scanner): string => scanner.need('fetchName', 'a data item such as FLAGS or BODY[]').toUpperCase();

function fetchItem(scanner: Scanner, item: string): FetchItem {
  const bracket = scanner.next === '[';
  if ((item === 'BODY' && bracket) || item === 'BODY.PEEK') return bodySection(scanner, item === 'BODY.PEEK');
  if (item === 'BODY') return { item: 'BODY' };
  if (item === 'PREVIEW') return { item: 'PREVIEW', lazy: scanner.skip(' (LAZY)') };
  if (item === 'BINARY' || item === 'BINARY.PEEK') return binarySection(scanner, item === 'BINARY.PEEK');
  if (item === 'BINARY.SIZE') return { item: 'BINARY.SIZE', ...binaryPath(scanner, 'BINARY.SIZE') };
  const known = attribute(item) ?? (Object.hasOwn(old, item) ? old[item] : undefined);
  if (known === undefined) throw new SyntaxFault(`Unknown data item ${item.slice(0, 40)}`);
  return known;
}

function bodySection(scanner: Scanner, peek: boolean): FetchItem {
  scanner.expect('[');
  const section = readSection(scanner);
  scanner.expect(']', 'the end of the section, "]"');
  return { item: 'SECTION', name: `BODY[${formatSection(section)}]`, section, peek, ...partial(scanner) };
}

/** `section-binary` of RFC 3516 section 6: part numbers alone. */
function binaryPath(scanner: Scanner, item: string): { readonly name: string; readonly path: readonly number[] } {
  scanner.expect('[');
  const { path, text } = readSection(scanner);
  if (text !== 'all') throw new SyntaxFault(`${item} is for parts: numbers alone may stand in its brackets`);
  scanner.expect(']', 'the end of the section, "]"');
  return { name: `${item}[${path.join('.')}]`, path };
}

function binarySection(scanner: Scanner, peek: boolean): FetchItem {
  const { path, name: called } = binaryPath(scanner, 'BINARY');
  return { item: 'BINARY', name: called, path, peek, ...partial(scanner) };
}

function partial(scanner: Scanner): { readonly partial?: { readonly offset: number; readonly count: number } } {
  if (!scanner.skip('<')) return {};
  const offset = scanner.number('an offset', 0, Number.MAX_SAFE_INTEGER);
  scanner.expect('.', '"." and a number of octets');
  const count = scanner.number('a number of octets from 1', 1, Number.MAX_SAFE_INTEGER);
  scanner.expect('>');
  return { partial: { offset, count } };
}

/** `section-spec` of RFC 3501 section 9: part numbers, then what of that part. */
export function readSection(scanner: Scanner): Section {
  const path: number[] = [];
  while (/\d/.test(scanner.next)) {
    path.push(scanner.number('a part number from 1', 1, 0xffff_ffff));
    if (path.length > maxPath) throw new SyntaxFault(`A section may name ${maxPath} levels`);
    if (!scanner.skip('.')) return { path, text: 'all' };
  }
  if (path.length === 0 && scanner.next === ']') return { path, text: 'all' };
  return sectionText(scanner, path);
}

function sectionText(scanner: Scanner, path: readonly number[]): Section {
  const text = scanner.need('fetchName', 'a part number, HEADER, TEXT or MIME').toUpperCase();
  if (text === 'HEADER' || text === 'TEXT' || (text === 'MIME' && path.length > 0)) return { path, text };
  if (text !== 'HEADER.FIELDS' && text !== 'HEADER.FIELDS.NOT')
    return scanner.fail('HEADER, HEADER.FIELDS, TEXT or, behind a part number, MIME');
  scanner.space('a list of header fields');
  const fields = scanner.list('header fields', () => fieldName(scanner));
  if (fields.length > maxFields) throw new SyntaxFault(`A section may name ${maxFields} header fields`);
  return { path, text, fields };
}

function fieldName(scanner: Scanner): string {
  const field = scanner.astring('a header field name');
  return /^[!-9;-~]+$/.test(field) ? field : scanner.fail('a header field name (RFC 5322 section 2.2) before here');
}

function formatSection({ path, text, fields }: Section): string {
  const what = text === 'all' ? [] : [text];
  const list = fields === undefined ? '' : ` (${fields.map(formatAstring).join(' ')})`;
  return [...path, ...what].join('.') + list;
}
