import type { DirectoryRefusal } from '../../core/accounts/account-directory.ts';
import { preparePassword } from '../../core/accounts/password-text.ts';
import { type AccountId, parseAccountId } from '../../core/values/address.ts';
import { confirm, readNewPassword } from '../ask.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { print, printJson } from '../output.ts';
import { readableTime } from '../readable.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

const address = { name: 'ADDRESS' } as const;
const fromStdin =
  'The password is the first line of stdin, or is asked for on a terminal:\n  printf \'%s\\n\' "$PASSWORD" | mailweir account';

export const accountCommands: readonly Command[] = [
  {
    words: ['account', 'add'],
    args: [address],
    options: dataOption,
    summary: 'Add an account; its domain is local from its first account on.',
    details: `${fromStdin} add alice@example.org`,
    run: addAccount,
  },
  {
    words: ['account', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption },
    summary: 'List the accounts.',
    run: listAccounts,
  },
  {
    words: ['account', 'remove'],
    args: [address],
    options: { ...dataOption, yes: { doc: 'Do not ask on a terminal.' } },
    summary: 'Remove an account with all its mailboxes and messages.',
    run: removeAccount,
  },
  {
    words: ['account', 'password'],
    args: [address],
    options: dataOption,
    summary: "Change an account's password; its sessions everywhere are ended.",
    details: `${fromStdin} password alice@example.org`,
    run: changePassword,
  },
];

async function addAccount(call: Call): Promise<void> {
  const id = accountOf(call);
  const password = await passwordFor(id, 'add');
  await withWorld(call, 'create', async ({ accounts, passwords }) => {
    const account = await accounts.add(id, await passwords.hash(password));
    if (typeof account === 'string') throw refused(account, id);
    print(`added ${id}`);
  });
}

async function listAccounts(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ accounts }) => {
    const all = await accounts.list();
    const listed = all.map(({ id, createdAt }) => ({ account: id, createdAt: new Date(createdAt).toISOString() }));
    if (call.has('json')) return printJson(listed);
    const rows = all.map(({ id, createdAt }) => [id, readableTime(createdAt)]);
    print(table(['account', 'created'], rows, 'no accounts; add one with: mailweir account add ADDRESS'));
  });
}

async function removeAccount(call: Call): Promise<void> {
  const id = accountOf(call);
  await withWorld(call, 'fail', async ({ accounts }) => {
    if ((await accounts.find(id)) === undefined) throw refused('no-such-account', id);
    if (!call.has('yes')) await confirm(`Remove ${id} with all its mail? This can't be undone.`);
    const done = await accounts.remove(id);
    if (done !== 'removed') throw refused(done, id);
    print(`removed ${id}`);
  });
}

async function changePassword(call: Call): Promise<void> {
  const id = accountOf(call);
  await withWorld(call, 'fail', async ({ accounts, passwords }) => {
    // Before the password is asked for: nobody types one twice to hear that the name was wrong.
    if ((await accounts.find(id)) === undefined) throw refused('no-such-account', id);
    const account = await accounts.setPassword(id, await passwords.hash(await passwordFor(id, 'password')));
    if (typeof account === 'string') throw refused(account, id);
    print(`changed the password of ${id}`);
  });
}

const accountOf = ({ args: [text = ''] }: Call): AccountId => accountNamed(text);

/** @throws CommandFailure */
export function accountNamed(text: string): AccountId {
  const id = parseAccountId(text);
  if (id === undefined)
    throw new CommandFailure(
      'usage',
      `${JSON.stringify(text.slice(0, 80))} is not an address`,
      'an account is named by its address: alice@example.org',
    );
  return id;
}

async function passwordFor(id: AccountId, command: 'add' | 'password'): Promise<string> {
  const password = preparePassword(await readNewPassword(id, command));
  if (password === undefined)
    throw new CommandFailure('refused', 'this can be no password', 'a password has 1 to 1024 octets and no control characters');
  return password;
}

export function refused(why: DirectoryRefusal, name: string): CommandFailure {
  const [message, hint] = words[why](name);
  return new CommandFailure('refused', message, hint);
}

const words: Readonly<Record<DirectoryRefusal, (name: string) => readonly [string, string]>> = {
  exists: (name) => [`${name} exists already`, 'mailweir account list and mailweir alias list show what there is'],
  'no-such-account': (name) => [`there is no account ${name}`, 'mailweir account list shows those there are'],
  'no-such-alias': (name) => [`there is no alias ${name}`, 'mailweir alias list shows those there are'],
  'alias-loop': (name) => [`the alias ${name} would lead back to itself`, 'mailweir alias list shows where the others lead'],
  'is-account': (name) => [`${name} is an account`, 'an address is an account or an alias, not both'],
};
