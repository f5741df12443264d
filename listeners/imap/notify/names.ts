import { rightsOf } from '../../../core/accounts/acl.ts';
import { compareMailboxNames, parentsOf } from '../../../core/mailbox/mailbox-name.ts';
import type { VisibleEntry } from '../../../core/mailbox/visible-mailboxes.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { attributesAmong } from '../list-rows.ts';
import type { NotifyGroup } from '../wire/command.ts';
import { eventsFor, type NameFacts } from './asked.ts';

export type Names = ReadonlyMap<string, NameFacts>;

export const namesIn = (entries: readonly VisibleEntry[], account: AccountId): Names =>
  new Map(
    entries.map(({ name, mailbox, subscribed }) => {
      const readable = mailbox !== undefined && rightsOf(account, mailbox).has('r');
      return [name, { mailbox, subscribed, readable }];
    }),
  );

/** A name to be told by a LIST response. */
export interface ChangedName {
  readonly name: string;
  readonly oldName?: string;
}

/**
 * What has become of names, as MailboxName, SubscriptionChange and a change of rights are told (RFC 5465 sections 5.4, 5.5, 5.9), each name once.
 * What is below a renamed mailbox was renamed with it, and is not told.
 */
export function changedNames(before: Names, after: Names, groups: readonly NotifyGroup[]): readonly ChangedName[] {
  const changed = new Map<string, ChangedName>();
  const add = (one: ChangedName): void => void (changed.has(one.name) || changed.set(one.name, one));
  const wants = (name: string, event: 'MailboxName' | 'SubscriptionChange'): boolean =>
    eventsFor(name, before.get(name), groups).has(event) || eventsFor(name, after.get(name), groups).has(event);

  const renamed = renames(before, after);
  for (const [oldName, name] of renamed)
    if (!isRenamedAbove(oldName, name, renamed) && (wants(name, 'MailboxName') || wants(oldName, 'MailboxName'))) add({ name, oldName });
  for (const name of madeOrGone(before, after, renamed)) {
    if (wants(name, 'MailboxName')) add({ name });
    const parent = parentsOf(name).at(-1);
    if (parent !== undefined && wants(parent, 'MailboxName')) add({ name: parent });
  }
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(name), after.get(name)];
    if ((old?.subscribed ?? false) !== (now?.subscribed ?? false) && wants(name, 'SubscriptionChange')) add({ name });
    const mayStill = old?.mailbox === undefined || old.mailbox.id !== now?.mailbox?.id || old.readable === now.readable;
    if (!mayStill && eventsFor(name, now, groups).size > 0) add({ name });
  }
  return [...changed.values()].sort((a, b) => compareMailboxNames(a.name, b.name));
}

function renames(before: Names, after: Names): ReadonlyMap<string, string> {
  const now = new Map<MailboxId, string>([...after].flatMap(([name, { mailbox }]) => (mailbox ? [[mailbox.id, name] as const] : [])));
  return new Map(
    [...before].flatMap(([oldName, { mailbox }]) => {
      const name = mailbox && now.get(mailbox.id);
      return name === undefined || name === oldName ? [] : [[oldName, name] as const];
    }),
  );
}

const isRenamedAbove = (oldName: string, name: string, renamed: ReadonlyMap<string, string>): boolean =>
  parentsOf(oldName).some((old) => {
    const now = renamed.get(old);
    return now !== undefined && now + oldName.slice(old.length) === name;
  });

/** Names that have got a mailbox, another one, or have none any more. */
function* madeOrGone(before: Names, after: Names, renamed: ReadonlyMap<string, string>): Generator<string> {
  const arrived = new Set(renamed.values());
  for (const [name, { mailbox }] of after)
    if (mailbox !== undefined && mailbox.id !== before.get(name)?.mailbox?.id && !arrived.has(name)) yield name;
  for (const [name, { mailbox }] of before)
    if (mailbox !== undefined && after.get(name)?.mailbox === undefined && !renamed.has(name)) yield name;
}

/** @returns the attributes of a LIST response that nobody has asked for */
export function attributesTold(entries: readonly VisibleEntry[], names: Names): (name: string) => readonly string[] {
  const among = attributesAmong(entries);
  const fakes = new Set(entries.flatMap(({ name, fake }) => (fake ? [name] : [])));
  return (name) => {
    const facts = names.get(name);
    const attributes = among(name);
    if (facts?.mailbox !== undefined) return facts.readable ? attributes : [...attributes, '\\NoAccess'];
    if (fakes.has(name)) return attributes;
    // A level alone is no mailbox that the client could use: RFC 5465 section 5.4 wants that said.
    return ['\\NonExistent', ...attributes.filter((one) => !notOfLevels.has(one))];
  };
}

const notOfLevels: ReadonlySet<string> = new Set(['\\Noselect', '\\NonExistent', '\\HasNoChildren']);
