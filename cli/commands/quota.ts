import { usageOf } from '../../core/mailbox/quota.ts';
import { mailboxSettings } from '../../core/settings/mailbox.ts';
import type { Setting } from '../../core/settings/setting.ts';
import { formatSize } from '../../core/settings/units.ts';
import type { Amount, OwnQuota } from '../../core/values/amount.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { print, printJson } from '../output.ts';
import { viewOf } from '../settings-place.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';
import { accountNamed, refused } from './account.ts';

const address = { name: 'ADDRESS' } as const;

export const quotaCommands: readonly Command[] = [
  {
    words: ['quota', 'show'],
    args: [address],
    options: { ...dataOption, ...jsonOption },
    summary: 'Show what an account has in its mailboxes, and may have.',
    run: showQuota,
  },
  {
    words: ['quota', 'set'],
    args: [address],
    options: {
      ...dataOption,
      octets: { value: 'SIZE', doc: '5GB, 500MB; unlimited; or default, to go by mailbox/quota again.' },
      messages: { value: 'NUMBER', doc: '10000; unlimited; or default, to go by mailbox/quota-messages again.' },
    },
    summary: 'Give an account a quota of its own; running processes follow within five seconds.',
    details: `mailweir quota set alice@example.org --octets 5GB
What is not named stays as it is. Nothing that is there goes away: over its quota an account can't add, and mail for it is put off.`,
    run: setQuota,
  },
];

async function showQuota(call: Call): Promise<void> {
  const id = accountNamed(call.args[0] ?? '');
  await withWorld(call, 'fail', async ({ accounts, mailboxes, settings }) => {
    const account = await accounts.find(id);
    if (account === undefined) throw refused('no-such-account', id);
    const { inForce } = await viewOf(settings);
    const usual = (setting: Setting<number>): number => Number(inForce.values.get(setting.name)?.value ?? 0);
    const limit: Amount = {
      octets: account.quota?.octets ?? usual(mailboxSettings.quota),
      messages: account.quota?.messages ?? usual(mailboxSettings.quotaMessages),
    };
    const usage = await usageOf(id, mailboxes);
    if (call.has('json')) return printJson({ account: id, usage, limit, own: account.quota ?? {} });
    const row = (what: keyof Amount, format: (value: number) => string): readonly string[] => [
      what,
      String(usage[what]),
      limit[what] === 0 ? 'unlimited' : format(limit[what]),
      account.quota?.[what] === undefined ? 'setting' : 'its own',
    ];
    print(table(['what', 'used', 'quota', 'by'], [row('octets', formatSize), row('messages', String)], ''));
  });
}

async function setQuota(call: Call): Promise<void> {
  const id = accountNamed(call.args[0] ?? '');
  const changes = {
    octets: given(call, 'octets', mailboxSettings.quota),
    messages: given(call, 'messages', mailboxSettings.quotaMessages),
  };
  if (changes.octets === undefined && changes.messages === undefined)
    throw new CommandFailure('usage', 'nothing is to be set', 'give --octets, --messages, or both');
  await withWorld(call, 'fail', async ({ accounts }) => {
    const account = await accounts.find(id);
    if (account === undefined) throw refused('no-such-account', id);
    const quota: OwnQuota = { ...after('octets', changes.octets, account.quota), ...after('messages', changes.messages, account.quota) };
    const done = await accounts.setQuota(id, quota);
    if (done !== 'set') throw refused(done, id);
    print(quota.octets === undefined && quota.messages === undefined ? `${id} goes by the settings` : `set the quota of ${id}`);
  });
}

type Given = number | 'default' | undefined;

function given(call: Call, option: keyof Amount, setting: Setting<number>): Given {
  const text = call.value(option);
  if (text === undefined || text === 'default') return text;
  const parsed = setting.parse(text === 'unlimited' ? '0' : text);
  if ('fault' in parsed) throw new CommandFailure('refused', `--${option} ${parsed.fault}`);
  return parsed.value;
}

function after(what: keyof Amount, change: Given, old: OwnQuota | undefined): OwnQuota {
  const value = change === undefined ? old?.[what] : change === 'default' ? undefined : change;
  return value === undefined ? {} : { [what]: value };
}
