import { casemap } from '../../message/casemap.ts';
import { formatNumberSet, type NumberSet } from '../../values/number-set.ts';
import type { SearchLeaf as Leaf, SearchKey } from '../../values/search-key.ts';
import { maxUid } from '../../values/uid.ts';
import type { SettlingView } from './settle-sets.ts';

/** A longer one is not worth keeping. Characters */
const longest = 16_384;

/**
 * What a search asks for, in one form however it was written: order, repeats, case, OR or NOT, MSNs or UIDs. Two searches of a mailbox
 * with the same words find the same.
 * @param key settled by the view. @returns undefined when it must not be merged: what it asks for depends on the session or the time, or
 * is not known here; or the words are too many
 */
export function mergeKey(key: SearchKey, view: SettlingView): string | undefined {
  if (!leavesOf(key).every((leaf) => Object.hasOwn(wordings, leaf.key))) return undefined;
  const words = textOf(termsOf(key, view));
  return words.length <= longest ? words : undefined;
}

/** @returns whether it takes more than flags and numbers to tell what matches */
export const needsMessages = (key: SearchKey): boolean => leavesOf(key).some((leaf) => !decidedByRow.has(leaf.key));

const decidedByRow: ReadonlySet<SearchKey['key']> = new Set(['ALL', 'NEW', 'OLD', 'RECENT', 'FLAG', 'UNFLAG', 'UID', 'MODSEQ']);

/** The shape of a key, where several share one too. */
type LeafOf<K extends Leaf['key'], L = Leaf> = L extends { readonly key: infer Keys } ? (K extends Keys ? L : never) : never;

function leavesOf(key: SearchKey): readonly Leaf[] {
  if (key.key === 'NOT') return leavesOf(key.of);
  return key.key === 'AND' || key.key === 'OR' ? key.of.flatMap(leavesOf) : [key];
}

/** They all have to hold; without any, everything matches. */
type Terms = readonly Term[];

interface Term {
  readonly text: string;
  /** What it denies. */
  readonly not?: Terms;
}

/** Everything in terms of AND and NOT, so that there is one way to say a thing. */
function termsOf(key: SearchKey, view: SettlingView): Terms {
  switch (key.key) {
    case 'NOT':
      return not(termsOf(key.of, view));
    case 'AND':
      return and(key.of.map((one) => termsOf(one, view)));
    case 'OR':
      return not(and(key.of.map((one) => not(termsOf(one, view)))));
    default: {
      const word = wordings[key.key] as (key: Leaf, view: SettlingView) => Terms; // the table pairs each key with its own shape
      return word(key, view);
    }
  }
}

const and = (all: readonly Terms[]): Terms => {
  const byText = new Map(all.flat().map((term) => [term.text, term]));
  const never = byText.get(nothing);
  if (never !== undefined) return [never];
  return [...byText.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
};

function not(terms: Terms): Terms {
  const [only] = terms;
  return terms.length === 1 && only?.not !== undefined ? only.not : [{ text: `NOT (${textOf(terms)})`, not: terms }];
}

/** Denies what has no condition. */
const nothing = 'NOT ()';

const textOf = (terms: Terms): string => terms.map(({ text }) => text).join(' ');

const one = (text: string): Terms => [{ text }];
const flag = ({ flag: name }: LeafOf<'FLAG'>): Terms => one(`FLAG ${JSON.stringify(name.toLowerCase())}`);
const text = ({ key, text: sought }: LeafOf<'BODY'>): Terms => one(`${key} ${JSON.stringify(casemap(sought))}`);
const day = ({ key, day: date }: LeafOf<'ON' | 'SAVEDON'>): Terms => one(`${key} ${date}`);
const size = ({ key, octets }: LeafOf<'LARGER'>): Terms => one(`${key} ${octets}`);

/** A set that leaves out nothing is no condition. */
function uids({ set }: LeafOf<'UID'>, view: SettlingView): Terms {
  const [range] = set as NumberSet;
  const isAll = range !== undefined && range.to === maxUid && range.from <= view.uidOf(1);
  return isAll ? [] : one(`UID ${formatNumberSet(set as NumberSet)}`);
}

/** The keys that may be merged: those that say the same in every session, now and in a minute. */
const wordings: { readonly [K in Leaf['key']]?: (key: LeafOf<K>, view: SettlingView) => Terms } = {
  ALL: () => [],
  FLAG: flag,
  UNFLAG: (key) => not(flag(key)),
  BCC: text,
  BODY: text,
  CC: text,
  FROM: text,
  SUBJECT: text,
  TEXT: text,
  TO: text,
  HEADER: ({ field, text: sought }) => one(`HEADER ${JSON.stringify(field.toLowerCase())} ${JSON.stringify(casemap(sought))}`),
  BEFORE: day,
  ON: day,
  SINCE: day,
  SENTBEFORE: day,
  SENTON: day,
  SENTSINCE: day,
  SAVEDBEFORE: day,
  SAVEDON: day,
  SAVEDSINCE: day,
  LARGER: size,
  SMALLER: size,
  MODSEQ: ({ modseq }) => one(`MODSEQ ${modseq}`),
  EMAILID: ({ id }) => one(`EMAILID ${id}`),
  UID: uids,
};
