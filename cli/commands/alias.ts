import { parsePublicTarget } from '../../core/accounts/public-maildrop.ts';
import { type Address, parseAddress } from '../../core/values/address.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { forwardsOverSes, refusedForward } from '../forwards-over-ses.ts';
import { print, printJson } from '../output.ts';
import { resolveStored } from '../settings-place.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';
import { refused } from './account.ts';

export const aliasCommands: readonly Command[] = [
  {
    words: ['alias', 'add'],
    args: [{ name: 'ADDRESS' }, { name: 'TARGET', many: true }],
    options: dataOption,
    summary: 'Send mail for an address on to accounts, other aliases, outside addresses or public mailboxes.',
    details: [
      '  mailweir alias add sales@example.org alice@example.org bob@example.org',
      "  mailweir alias add archive@example.org '#public/archive'",
      '\nA public mailbox takes mail from whoever sends it. Mail to one that is not there comes back.',
    ].join('\n'),
    run: addAlias,
  },
  {
    words: ['alias', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption },
    summary: 'List the aliases.',
    run: listAliases,
  },
  {
    words: ['alias', 'remove'],
    args: [{ name: 'ADDRESS' }],
    options: dataOption,
    summary: 'Remove an alias.',
    run: removeAlias,
  },
];

async function addAlias(call: Call): Promise<void> {
  const [first = '', ...others] = call.args;
  const [address, targets] = [addressOf(first), others.map((text) => parsePublicTarget(text) ?? addressOf(text))];
  await withWorld(call, 'create', async ({ accounts, settings }) => {
    const [stray] = await forwardsOverSes([{ address, targets }], accounts, resolveStored((await settings.read()).values, settings.place));
    if (stray !== undefined) throw refusedForward(stray);
    const done = await accounts.addAlias({ address, targets });
    if (done !== 'added') throw refused(done, address);
    print(`added ${address} for ${targets.join(', ')}`);
  });
}

async function listAliases(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ accounts }) => {
    const all = await accounts.listAliases();
    if (call.has('json')) return printJson(all.map(({ address, targets }) => ({ address, targets })));
    const rows = all.map(({ address, targets }) => [address, targets.join(', ')]);
    print(table(['address', 'leads to'], rows, 'no aliases; add one with: mailweir alias add ADDRESS TARGET'));
  });
}

async function removeAlias(call: Call): Promise<void> {
  const [address] = call.args.map(addressOf);
  if (address === undefined) return;
  await withWorld(call, 'fail', async ({ accounts }) => {
    const done = await accounts.removeAlias(address);
    if (done !== 'removed') throw refused(done, address);
    print(`removed ${address}`);
  });
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined)
    throw new CommandFailure('usage', `${JSON.stringify(text.slice(0, 80))} is not an address`, 'an address looks like sales@example.org');
  return address;
}
