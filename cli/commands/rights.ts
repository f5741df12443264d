import { aclTold, type Identifier, parseIdentifier } from '../../core/accounts/acl.ts';
import { publicOwner } from '../../core/accounts/principal.ts';
import { formatRights, noRights, parseRights, type Rights } from '../../core/accounts/rights.ts';
import type { Mailbox, MailboxRefusal, MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../core/values/address.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { print, printJson } from '../output.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';
import { accountNamed } from './account.ts';

const place = [{ name: 'ACCOUNT' }, { name: 'MAILBOX' }] as const;
const whose = 'ACCOUNT is the owner, or the word public for the public mailboxes.';
const letters =
  'RIGHTS are letters of RFC 4314: l look up, r read, s mark as seen, w other flags, i insert, k make below it, x delete it, t mark as deleted, e expunge, a give rights; p is kept and means nothing here. With + before them they are added, with - taken away; what begins with - stands behind a lone --.';
const who = 'WHO is the address of an account, anyone, or anonymous; with - before it, what it may not do whatever else is given.';

export const rightsCommands: readonly Command[] = [
  {
    words: ['rights', 'list'],
    args: [{ name: 'ACCOUNT' }, { name: 'MAILBOX', optional: true }],
    options: { ...dataOption, ...jsonOption },
    summary: 'List who may do what in the mailboxes of an account.',
    details: whose,
    run: listRights,
  },
  {
    words: ['rights', 'set'],
    args: [...place, { name: 'WHO' }, { name: 'RIGHTS' }],
    options: dataOption,
    summary: 'Give somebody rights in a mailbox; what others have stays.',
    details: `  mailweir rights set alice@example.org Plans karen@example.org lrs\n\n${[whose, who, letters].join('\n\n')}`,
    run: setRights,
  },
  {
    words: ['rights', 'remove'],
    args: [...place, { name: 'WHO' }],
    options: dataOption,
    summary: 'Take away all rights that somebody was given in a mailbox.',
    details: [whose, who].join('\n\n'),
    run: removeRights,
  },
];

async function listRights(call: Call): Promise<void> {
  const [owner = '', name] = call.args;
  await withWorld(call, 'fail', async ({ mailboxes }) => {
    const found = await mailboxesOf(ownerNamed(owner), name, mailboxes);
    const told = found.flatMap((mailbox) =>
      aclTold(mailbox).map(([identifier, rights]) => ({ mailbox: mailbox.name, who: identifier, rights: formatRights(rights) })),
    );
    if (call.has('json')) return printJson(told);
    const rows = told.map((one) => [one.mailbox, one.who, one.rights]);
    print(table(['mailbox', 'who', 'rights'], rows, 'no rights; give some with: mailweir rights set ACCOUNT MAILBOX WHO RIGHTS'));
  });
}

/** @throws CommandFailure when the one that is named is not there */
async function mailboxesOf(owner: AccountId, name: string | undefined, mailboxes: MailboxStore): Promise<readonly Mailbox[]> {
  if (name === undefined) return (await mailboxes.list(owner)).flatMap(({ mailbox }) => (mailbox === undefined ? [] : [mailbox]));
  const mailbox = await mailboxes.find(owner, name);
  if (mailbox === undefined) throw notDone('no-such-mailbox', name);
  return [mailbox];
}

async function setRights(call: Call): Promise<void> {
  const [, , , text = ''] = call.args;
  const how = text.startsWith('+') ? 'add' : text.startsWith('-') ? 'remove' : 'replace';
  await change(call, how, rightsIn(how === 'replace' ? text : text.slice(1)));
}

function removeRights(call: Call): Promise<void> {
  return change(call, 'replace', noRights);
}

async function change(call: Call, how: 'add' | 'remove' | 'replace', rights: Rights): Promise<void> {
  const [account = '', name = '', whom = ''] = call.args;
  const [owner, identifier] = [ownerNamed(account), identifierNamed(whom)];
  await withWorld(call, 'fail', async ({ mailboxes }) => {
    const done = await mailboxes.changeRights(owner, name, identifier, { how, rights });
    if (done !== 'done') throw notDone(done, name);
    const mailbox = await mailboxes.find(owner, name);
    print(`${identifier} has ${mailbox?.acl?.get(identifier) || 'no rights of its own'} in ${name}`);
  });
}

const ownerNamed = (text: string): AccountId => (text === 'public' ? publicOwner : accountNamed(text));

function identifierNamed(text: string): Identifier {
  const identifier = parseIdentifier(text);
  if (identifier === undefined) throw new CommandFailure('usage', `${JSON.stringify(text.slice(0, 80))} is nobody's name`, who);
  return identifier;
}

function rightsIn(text: string): Rights {
  const rights = parseRights(text);
  if (rights === undefined) throw new CommandFailure('usage', `${JSON.stringify(text.slice(0, 80))} are no rights`, letters);
  return rights;
}

/** @throws CommandFailure */
export function notDone(why: MailboxRefusal, name: string): CommandFailure {
  const [message, hint] = words[why] ?? [`${name} was refused: ${why}`, undefined];
  return new CommandFailure('refused', message.replaceAll('NAME', name), hint);
}

const words: Readonly<Partial<Record<MailboxRefusal, readonly [message: string, hint: string]>>> = {
  'no-such-mailbox': ['there is no mailbox NAME', 'mailweir rights list ACCOUNT shows those there are'],
  'too-many': ['no more can be added to NAME', 'a list of rights has 32 entries; where more people are meant, give anyone the rights'],
  exists: ['there is a mailbox NAME already', 'mailweir public list shows the public ones'],
  'bad-name': ['NAME can be no mailbox', 'levels are separated by /, and %, * and control characters are no part of a name'],
};
