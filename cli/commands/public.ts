import { anyone } from '../../core/accounts/acl.ts';
import { publicOwner } from '../../core/accounts/principal.ts';
import { noRights, parseRights } from '../../core/accounts/rights.ts';
import { parseMailboxName } from '../../core/mailbox/mailbox-name.ts';
import { publicLevel } from '../../core/mailbox/mailbox-place.ts';
import { confirm } from '../ask.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { print, printJson } from '../output.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';
import { notDone } from './rights.ts';

const name = { name: 'NAME' } as const;

export const publicCommands: readonly Command[] = [
  {
    words: ['public', 'add'],
    args: [name],
    options: { ...dataOption, rights: { value: 'RIGHTS', doc: 'What anyone may do in it, or none. Default: lr, look up and read' } },
    summary: 'Make a public mailbox, which everybody sees under #public.',
    details: 'Anonymous clients are anyone too, where such logins are on. mailweir rights set public NAME … gives somebody more.',
    run: addPublic,
  },
  {
    words: ['public', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption },
    summary: 'List the public mailboxes.',
    run: listPublic,
  },
  {
    words: ['public', 'remove'],
    args: [name],
    options: { ...dataOption, yes: { doc: 'Do not ask on a terminal.' } },
    summary: 'Remove a public mailbox with all its messages.',
    run: removePublic,
  },
];

async function addPublic(call: Call): Promise<void> {
  const at = nameIn(call);
  const letters = call.value('rights') ?? 'lr';
  const rights = letters === 'none' ? noRights : parseRights(letters);
  if (rights === undefined)
    throw new CommandFailure('usage', `${JSON.stringify(letters)} are no rights`, 'mailweir rights set --help tells them');
  await withWorld(call, 'create', async ({ mailboxes }) => {
    const made = await mailboxes.create(publicOwner, at);
    if (typeof made === 'string') throw notDone(made, at);
    const given = await mailboxes.changeRights(publicOwner, at, anyone, { how: 'replace', rights });
    if (given !== 'done') throw notDone(given, at);
    print(`added ${publicLevel}/${made.name}`);
  });
}

async function listPublic(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ mailboxes }) => {
    const found = (await mailboxes.list(publicOwner)).flatMap(({ mailbox }) => (mailbox === undefined ? [] : [mailbox]));
    const counts = await mailboxes.statuses(found.map(({ id }) => id)); // one that goes meanwhile is in them no more
    const told = found.flatMap(({ id, name, acl }) => {
      const count = counts.get(id);
      return count === undefined ? [] : [{ mailbox: name, messages: count.messages, anyone: acl?.get(anyone) ?? '' }];
    });
    if (call.has('json')) return printJson(told);
    const rows = told.map((one) => [one.mailbox, String(one.messages), one.anyone]);
    print(table(['mailbox', 'messages', 'anyone'], rows, 'no public mailboxes; add one with: mailweir public add NAME'));
  });
}

async function removePublic(call: Call): Promise<void> {
  const at = nameIn(call);
  await withWorld(call, 'fail', async ({ mailboxes }) => {
    if ((await mailboxes.find(publicOwner, at)) === undefined) throw notDone('no-such-mailbox', at);
    if (!call.has('yes')) await confirm(`Remove ${publicLevel}/${at} with all its mail? This can't be undone.`);
    const done = await mailboxes.delete(publicOwner, at);
    if (done !== 'deleted') throw notDone(done, at);
    print(`removed ${publicLevel}/${at}`);
  });
}

/** As it stands below `#public`, with that or without. INBOX could never be removed. @throws CommandFailure */
function nameIn({ args: [text = ''] }: Call): string {
  const at = parseMailboxName(text.replace(/^#public\//i, ''));
  if (at === undefined || at === 'INBOX') throw notDone('bad-name', text.slice(0, 80));
  return at;
}
