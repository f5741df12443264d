import { compareMailboxNames, mayHaveInferiors, parentsOf } from '../../core/mailbox/mailbox-name.ts';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import type { VisibleEntry } from '../../core/mailbox/visible-mailboxes.ts';
import { matchingNames } from './list-pattern.ts';
import type { ListAsked } from './wire/command.ts';

/** A name that LIST tells. */
export interface ListRow {
  readonly name: string;
  readonly mailbox: Mailbox | undefined;
  readonly attributes: readonly string[];
  /** It satisfies itself what was asked for; else something below it does, and nothing but its name is told (RFC 5819 section 2). */
  readonly wanted: boolean;
  /** What names below it satisfy, though it may not itself; quoted (RFC 5258 section 6, childinfo-extended-item). */
  readonly childInfo: readonly string[];
}

/** What is told of names, in the order of the tree. */
export async function listRows(entries: readonly VisibleEntry[], asked: ListAsked): Promise<readonly ListRow[]> {
  const parents = levelsAbove(entries);
  const wanted = entries.filter((entry) => satisfies(entry, asked, parents));
  const names = asked.select.recursive ? withLevels(entries, wanted) : entries;
  const patterns = asked.patterns.map((pattern) => asked.reference + pattern);
  const matching = await matchingNames(eachName(names), patterns);
  const below = asked.select.recursive ? levelsOf(wanted, matching) : nothingBelow;
  const own = new Set(wanted);
  return names
    .filter((entry) => matching.has(entry.name) && (own.has(entry) || below.hidden.has(entry.name)))
    .map((entry) => ({
      name: entry.name,
      mailbox: entry.mailbox,
      wanted: own.has(entry),
      attributes: attributes(entry, asked, parents),
      childInfo: below.all.has(entry.name) ? criteriaOf(asked) : [],
    }));
}

/** A subscription whose mailbox is gone is told only to who asks for subscriptions. */
function satisfies(entry: VisibleEntry, { select }: ListAsked, parents: ReadonlySet<string>): boolean {
  if (select.specialUse && entry.mailbox?.specialUse === undefined) return false;
  return select.subscribed ? entry.subscribed : entry.mailbox !== undefined || entry.fake === true || parents.has(entry.name);
}

/** Levels above a subscription whose mailbox is gone need not be there either. */
function withLevels(entries: readonly VisibleEntry[], wanted: readonly VisibleEntry[]): readonly VisibleEntry[] {
  const known = new Set(eachName(entries));
  const missing = new Set(wanted.flatMap(({ name }) => parentsOf(name)).filter((level) => !known.has(level)));
  if (missing.size === 0) return entries;
  const levels = [...missing].map((name): VisibleEntry => ({ name, subscribed: false }));
  return [...entries, ...levels].sort((a, b) => compareMailboxNames(a.name, b.name));
}

interface Below {
  /** Names with something wanted below them. */
  readonly all: ReadonlySet<string>;
  /** Those of which not all of it matches by itself: only then a name that is not wanted is told (RFC 5258 section 3.5). */
  readonly hidden: ReadonlySet<string>;
}

const nothingBelow: Below = { all: new Set(), hidden: new Set() };

function levelsOf(wanted: readonly VisibleEntry[], matching: ReadonlySet<string>): Below {
  const all = new Set<string>();
  const hidden = new Set<string>();
  for (const { name } of wanted) {
    for (const level of parentsOf(name)) {
      all.add(level);
      if (!matching.has(name)) hidden.add(level);
    }
  }
  return { all, hidden };
}

const criteriaOf = ({ select }: ListAsked): readonly string[] => [
  ...(select.subscribed ? ['"SUBSCRIBED"'] : []),
  ...(select.specialUse ? ['"SPECIAL-USE"'] : []),
];

/** Uses are told unasked: many clients look for them there. So is whether there are children (RFC 5258 section 4). */
const attributes = (
  { name, mailbox, subscribed, fake }: VisibleEntry,
  { select, tell }: Pick<ListAsked, 'select' | 'tell'>,
  parents: ReadonlySet<string>,
): readonly string[] => [
  ...(mailbox === undefined && fake !== true ? [parents.has(name) ? '\\Noselect' : '\\NonExistent'] : []),
  mayHaveInferiors(name) ? (parents.has(name) ? '\\HasChildren' : '\\HasNoChildren') : '\\Noinferiors',
  ...(subscribed && (select.subscribed || tell.subscribed) ? ['\\Subscribed'] : []),
  ...(mailbox?.specialUse === undefined ? [] : [mailbox.specialUse]),
];

function levelsAbove(entries: readonly VisibleEntry[]): ReadonlySet<string> {
  const levels = new Set<string>();
  for (const { name, mailbox } of entries) if (mailbox !== undefined) for (const level of parentsOf(name)) levels.add(level);
  return levels;
}

function* eachName(entries: readonly VisibleEntry[]): Generator<string> {
  for (const { name } of entries) yield name;
}

/** @returns what LIST would tell of a name now, with its subscription (RFC 5465 section 5.5: accurately) */
export function attributesAmong(entries: readonly VisibleEntry[]): (name: string) => readonly string[] {
  const parents = levelsAbove(entries);
  const known = new Map(entries.map((entry) => [entry.name, entry]));
  const asked = { select: { subscribed: true, recursive: false, specialUse: false }, tell: { subscribed: true } };
  return (name) => attributes(known.get(name) ?? { name, subscribed: false }, asked, parents);
}
