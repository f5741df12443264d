import { limitNamed, limits, settingNamed } from '../../core/settings/catalogue.ts';
import { addOverride, type Changes, removeOverride } from '../../core/settings/change-overrides.ts';
import { nearestName } from '../../core/settings/nearest-name.ts';
import { isInForce, mostOverrides, type Override, parseScope, scopeOf } from '../../core/settings/overrides.ts';
import type { Limit } from '../../core/settings/setting.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Network } from '../../core/values/network.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { limitText } from '../limit-text.ts';
import { print, printJson, say } from '../output.ts';
import { readableSpan, readableTime } from '../readable.ts';
import { resolveStored } from '../settings-place.ts';
import { spanOf } from '../span-option.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

const names = limits.filter((limit) => scopeOf(limit) !== undefined).map(({ name }) => name);

export const overrideCommands: readonly Command[] = [
  {
    words: ['override', 'set'],
    args: [{ name: 'LIMIT' }, { name: 'WHOM' }, { name: 'VALUE' }],
    options: {
      ...dataOption,
      for: { value: 'TIME', doc: 'Ends by itself after 90s, 30m, 2h or 3d. Without it, it stands until it is cleared.' },
    },
    summary:
      'Give one account, or the addresses of a network, a limit of their own; running processes follow within two seconds, those of a stage within 15.',
    details: `mailweir override set imap/sessions-per-account alice@example.org 60 --for 2h
mailweir override set smtp/sessions-per-address 203.0.113.0/24 200
Of several networks the narrowest counts. 0 = unlimited. At most ${mostOverrides}.
LIMIT: ${names.join(', ')}`,
    run: setOverride,
  },
  {
    words: ['override', 'list'],
    args: [],
    options: { ...dataOption, ...jsonOption },
    summary: 'Show whom an override raises or lowers, until when.',
    details: 'Those that have ended are shown until the next change of an override sweeps them away.',
    run: listOverrides,
  },
  {
    words: ['override', 'clear'],
    args: [{ name: 'LIMIT' }, { name: 'WHOM' }],
    options: dataOption,
    summary: "Go back to the setting's own value.",
    run: clearOverride,
  },
];

async function setOverride(call: Call): Promise<void> {
  const { limit, scope } = whomOf(call);
  const parsed = limit.parse(call.args[2] ?? '');
  if ('fault' in parsed) throw new CommandFailure('refused', `${limit.name} ${parsed.fault}`);
  const { value } = parsed;
  const span = spanOf(call);
  await withWorld(call, 'create', async ({ settings, clock }) => {
    const now = clock.now();
    const until = span === undefined ? undefined : now + span;
    const changes = addOverride((await settings.read()).values, { limit, scope, value, until }, now);
    if ('fault' in changes) throw new CommandFailure('refused', changes.fault, 'mailweir override clear undoes one');
    await settings.write(changes);
    print(`${limit.name} for ${scope}: ${limitText(value)}${until === undefined ? '' : ` until ${readableTime(until)}`}`);
  });
}

async function clearOverride(call: Call): Promise<void> {
  const { limit, scope } = whomOf(call);
  await withWorld(call, 'fail', async ({ settings, clock }) => {
    const { values } = await settings.read();
    const changes: Changes | undefined = removeOverride(values, limit, scope, clock.now());
    if (changes === undefined)
      throw new CommandFailure('refused', `${limit.name} has no override for ${scope}`, 'mailweir override list shows those there are');
    await settings.write(changes);
    print(`cleared; ${limit.name} counts for ${scope} as for everybody`);
  });
}

async function listOverrides(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ settings, clock }) => {
    const now = clock.now();
    const { overrides, rejected } = resolveStored((await settings.read()).values, settings.place);
    const sorted = overrides.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (call.has('json')) return printJson(sorted.map((one) => overrideJson(one, now)));
    const rows = sorted.map((one) => [one.limit.name, one.scope, limitText(one.value), endText(one, now)]);
    print(table(['limit', 'whom', 'value', 'until'], rows, 'no overrides'));
    for (const {
      names: [name = ''],
      fault,
    } of rejected)
      if (settingNamed(name) === undefined) say(`ignored: ${fault}`);
  });
}

function endText({ until }: Override, now: number): string {
  if (until === undefined) return 'it is cleared';
  return now < until ? `${readableTime(until)}, ${readableSpan(until - now)} left` : `${readableTime(until)}, ended`;
}

const overrideJson = (override: Override, now: number): object => ({
  limit: override.limit.name,
  whom: override.scope,
  value: override.value,
  until: override.until === undefined ? null : new Date(override.until).toISOString(),
  inForce: isInForce(override, now),
});

/** @throws CommandFailure */
function whomOf({ args: [name = '', whom = ''] }: Call): { readonly limit: Limit; readonly scope: AccountId | Network } {
  const limit = limitNamed(name);
  if (limit === undefined) {
    const near = nearestName(name, names);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new CommandFailure('usage', `there is no limit ${JSON.stringify(name.slice(0, 60))}${hint}`, `there are ${names.join(', ')}`);
  }
  const scoped = parseScope(limit, whom);
  if ('fault' in scoped) throw new CommandFailure('usage', scoped.fault);
  return { limit, scope: scoped.scope };
}
