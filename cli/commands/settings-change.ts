import { catalogue } from '../../core/settings/catalogue.ts';
import { parseProfile, profileName, profileNames, profiles } from '../../core/settings/profiles.ts';
import { type Resolution, valueIn } from '../../core/settings/resolve-values.ts';
import { tlsSettings } from '../../core/settings/server.ts';
import type { Setting } from '../../core/settings/setting.ts';
import type { World } from '../../core/world.ts';
import { type Call, type Command, CommandFailure, dataOption, jsonOption } from '../command.ts';
import { refuseNewForwards } from '../forwards-over-ses.ts';
import { print, printJson } from '../output.ts';
import { resolveStored, settingOf } from '../settings-place.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

type Changes = ReadonlyMap<string, string | undefined>;

export const settingsChangeCommands: readonly Command[] = [
  {
    words: ['settings', 'set'],
    args: [{ name: 'NAME' }, { name: 'VALUE', many: true }],
    options: dataOption,
    summary: 'Set a setting; running processes follow within two seconds, those of a stage within 15.',
    details: 'Settings that belong together are set at once: mailweir settings set tls/certificate FILE tls/key FILE',
    run: setSettings,
  },
  {
    words: ['settings', 'unset'],
    args: [{ name: 'NAME', many: true }],
    options: dataOption,
    summary: "Go back to the profile's value, or the default.",
    run: (call) => withWorld(call, 'fail', (world) => change(world, new Map(call.args.map((name) => [settingOf(name).name, undefined])))),
  },
  {
    words: ['settings', 'profile'],
    args: [{ name: 'PROFILE', optional: true }],
    options: { ...dataOption, ...jsonOption },
    summary: 'Apply the numbers of a product to all settings that nobody has set; without a name, list the profiles.',
    details: `Profiles: ${profileNames.join(', ')}.`,
    run: (call) => (call.args.length === 0 ? listProfiles(call) : setProfile(call)),
  },
];

async function setSettings(call: Call): Promise<void> {
  if (call.args.length % 2 === 1)
    throw new CommandFailure('usage', `${call.args.at(-1)} has no value`, 'give pairs of NAME VALUE; a value with spaces needs quotes');
  const changes = new Map<string, string>();
  for (let i = 0; i < call.args.length; i += 2) {
    const setting = settingOf(call.args[i] ?? '');
    const parsed = setting.parse(call.args[i + 1] ?? '');
    if ('fault' in parsed) throw new CommandFailure('refused', `${setting.name} ${parsed.fault}`);
    changes.set(setting.name, setting.format(parsed.value));
  }
  await withWorld(call, 'create', (world) => change(world, changes));
}

async function setProfile(call: Call): Promise<void> {
  const [text = ''] = call.args;
  const profile = parseProfile(text);
  if (profile === undefined)
    throw new CommandFailure('usage', `there is no profile ${JSON.stringify(text.slice(0, 60))}`, `there are ${profileNames.join(', ')}`);
  await withWorld(call, 'create', async (world) => {
    const { settings } = world;
    await change(world, new Map([[profileName, profile === 'modern' ? undefined : profile]]));
    const { values } = await settings.read();
    const kept = Object.keys(profiles[profile].values).filter((name) => values.has(name));
    if (kept.length > 0) print(`set before and kept: ${kept.join(', ')}; mailweir settings unset takes the profile's value`);
  });
}

async function listProfiles(call: Call): Promise<void> {
  await withWorld(call, 'fail', async ({ settings }) => {
    const { profile } = resolveStored((await settings.read()).values, settings.place);
    if (call.has('json')) {
      return printJson(
        profileNames.map((name) => ({ profile: name, inForce: name === profile, doc: profiles[name].doc, values: profiles[name].values })),
      );
    }
    const rows = profileNames.map((name) => [name === profile ? '*' : '', name, profiles[name].doc]);
    print(table(['', 'profile', 'what it is'], rows, ''));
  });
}

/** Writes when the values go together afterwards, and tells what that changed. */
async function change({ settings: source, accounts }: Pick<World, 'settings' | 'accounts'>, changes: Changes): Promise<void> {
  if (source.place?.world === 'aws') refuseFiles(changes);
  const before = (await source.read()).values;
  const after = new Map(before);
  for (const [name, value] of changes) value === undefined ? after.delete(name) : after.set(name, value);
  const now = resolveStored(after, source.place);
  const fault = now.rejected.find(({ names }) => names.some((name) => changes.has(name)));
  if (fault !== undefined) throw new CommandFailure('refused', fault.fault);
  const was = resolveStored(before, source.place);
  await refuseNewForwards(accounts, was, now);
  await source.write(changes);
  print(changesText(was, now));
  if (source.standing !== undefined) print('processes follow within 15 seconds; mailweir settings list shows what is not applied yet');
}

/** Tasks have no files of an operator's machine: what they read stands in secrets. */
function refuseFiles(changes: Changes): void {
  const named = [tlsSettings.certificate, tlsSettings.key].find(({ name }) => !/^(secret:.*)?$/.test(changes.get(name) ?? ''));
  if (named === undefined) return;
  throw new CommandFailure(
    'refused',
    `${named.name} can name no file on a stage: its tasks do not have it`,
    'put the PEM text into a secret and set secret:NAME; a new certificate goes into the one there is, with aws secretsmanager put-secret-value',
  );
}

function changesText(before: Resolution, after: Resolution): string {
  const lines = catalogue.flatMap((setting) => {
    const [was, is] = [before, after].map(({ values }) => setting.format(valueIn(values, setting)));
    return was === is ? [] : [`${setting.name}: ${was || 'empty'} → ${is || 'empty'}${whenText(setting)}`];
  });
  return lines.length === 0 ? 'no value has changed' : lines.join('\n');
}

const whenText = ({ fixed }: Setting<unknown>): string => (fixed === true ? ' (from the next start on)' : '');
