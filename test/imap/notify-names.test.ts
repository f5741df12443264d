import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Acl, Identifier } from '../../core/accounts/acl.ts';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import type { VisibleEntry } from '../../core/mailbox/visible-mailboxes.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import { askedBy, eventsFor } from '../../listeners/imap/notify/asked.ts';
import { attributesTold, changedNames, namesIn } from '../../listeners/imap/notify/names.ts';
import type { NotifyGroup } from '../../listeners/imap/wire/command.ts';
import { parseCommand } from '../../listeners/imap/wire/parse-command.ts';

const alice = 'alice@example.org' as AccountId;

/** `name`, or `name=id`; `+` behind it: subscribed; `(name)`: a level without a mailbox; `!`: it may not be read. */
function entries(...texts: readonly string[]): readonly VisibleEntry[] {
  return texts.map((text) => {
    const [, level, name = '', id, marks = ''] = /^(\()?([^=+!)]+)\)?(?:=(\w+))?([+!]*)$/.exec(text) ?? [];
    const acl: Acl = new Map([[alice as string as Identifier, marks.includes('!') ? 'la' : 'lra']]);
    const mailbox: Mailbox = { id: (id ?? name) as MailboxId, account: alice, name, uidValidity: 1, acl };
    return { name, subscribed: marks.includes('+'), ...(level === undefined && { mailbox }) };
  });
}

function groupsOf(text: string): readonly NotifyGroup[] {
  const parsed = parseCommand([Buffer.from(`a NOTIFY SET ${text}`)]);
  assert.ok(parsed.kind === 'command' && parsed.command.verb === 'NOTIFY', text);
  return askedBy(parsed.command.groups).groups;
}

/** As a client would read it. */
function told(before: readonly VisibleEntry[], after: readonly VisibleEntry[], groups = '(personal (MailboxName SubscriptionChange))') {
  const names = namesIn(after, alice);
  const attributes = attributesTold(after, names);
  return changedNames(namesIn(before, alice), names, groupsOf(groups)).map(
    ({ name, oldName }) => `${name}${oldName === undefined ? '' : ` was ${oldName}`} ${attributes(name).join(' ')}`,
  );
}

describe('names that a client is told of', () => {
  const cases: readonly (readonly [what: string, before: string[], after: string[], told: string[], groups?: string])[] = [
    ['nothing happened', ['a', 'b+'], ['a', 'b+'], []],
    ['one was made, and the level above it too', [], ['a', 'a/b'], ['a \\HasChildren', 'a/b \\HasNoChildren']],
    ['one went, and its level stays', ['a', 'a/b'], ['(a)', 'a/b'], ['a \\NonExistent \\HasChildren']],
    ['the last below a level went', ['(a)', 'a/b'], [], ['a \\NonExistent', 'a/b \\NonExistent']],
    ['one was renamed', ['a=1'], ['b=1'], ['b was a \\HasNoChildren']],
    ['one was renamed with what is below it', ['a=1', 'a/b=2'], ['c=1', 'c/b=2'], ['c was a \\HasChildren']],
    ['one below was renamed otherwise', ['a=1', 'a/b=2'], ['c=1', 'c/d=2'], ['c was a \\HasChildren', 'c/d was a/b \\HasNoChildren']],
    ['another took its name', ['a=1'], ['a=2', 'b=1'], ['a \\HasNoChildren', 'b was a \\HasNoChildren']],
    ['it was made anew', ['a=1'], ['a=2'], ['a \\HasNoChildren']],
    ['two changed their names', ['a=1', 'b=2'], ['a=2', 'b=1'], ['a was b \\HasNoChildren', 'b was a \\HasNoChildren']],
    ['it was subscribed', ['a'], ['a+'], ['a \\HasNoChildren \\Subscribed']],
    ['it was made and subscribed: once', [], ['a+'], ['a \\HasNoChildren \\Subscribed']],
    ['it may be read no more', ['a'], ['a!'], ['a \\HasNoChildren \\NoAccess']],
    ['others than those asked for changed', ['a', 'b'], [], ['a \\NonExistent'], '(mailboxes a (MailboxName))'],
    ['only a level above was asked for', ['a'], ['a', 'a/b'], ['a \\HasChildren'], '(mailboxes a (MailboxName))'],
    ['it left a subtree', ['a=1', 'a/b=2'], ['a=1', 'b=2'], ['b was a/b \\HasNoChildren'], '(subtree a (MailboxName))'],
    ['it is subscribed no more', ['a+'], ['a'], ['a \\HasNoChildren'], '(subscribed (SubscriptionChange))'],
    ['only subscriptions were asked for', ['a'], ['b+'], ['b \\HasNoChildren \\Subscribed'], '(personal (SubscriptionChange))'],
    ['only messages were asked for', ['a'], ['b+'], [], '(personal (MessageNew MessageExpunge))'],
  ];
  for (const [what, before, after, expected, groups] of cases) {
    it(what, () => assert.deepEqual(told(entries(...before), entries(...after), groups), expected));
  }
});

describe('events of a name', () => {
  const name = (text: string) => namesIn(entries(text), alice).get(text.replace(/[+!]/g, ''));
  const cases: readonly (readonly [groups: string, name: string, events: string[]])[] = [
    ['(personal (MailboxName)) (mailboxes a (SubscriptionChange))', 'a', ['MailboxName', 'SubscriptionChange']],
    ['(personal (MailboxName))', '#users/bob@example.org/x', []],
    ['(subtree #USERS (MailboxName))', '#users/bob@example.org/x', ['MailboxName']],
    ['(subtree a (MailboxName))', 'ab', []],
    ['(inboxes (MailboxName))', 'INBOX', ['MailboxName']],
    ['(inboxes (MailboxName))', 'Sent', []],
    ['(subscribed (MailboxName))', 'a', []],
    ['(subscribed (MailboxName))', 'a+', ['MailboxName']],
    ['(mailboxes (inbox) (MailboxName))', 'INBOX', ['MailboxName']],
    ['(personal NONE)', 'a', []],
  ];
  for (const [groups, one, events] of cases) {
    it(`${one} by ${groups}`, () => assert.deepEqual([...eventsFor(one.replace('+', ''), name(one), groupsOf(groups))], events));
  }
});
