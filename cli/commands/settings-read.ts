import { writeFile } from 'node:fs/promises';
import { catalogue } from '../../core/settings/catalogue.ts';
import { describeDefault, describeSettings } from '../../core/settings/describe.ts';
import { type Resolution, valueIn } from '../../core/settings/resolve-values.ts';
import type { Setting } from '../../core/settings/setting.ts';
import { type Call, type Command, dataOption, jsonOption } from '../command.ts';
import { print, printJson, say } from '../output.ts';
import { resolveStored, settingOf } from '../settings-place.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const settingsReadCommands: readonly Command[] = [
  {
    words: ['settings', 'list'],
    args: [{ name: 'AREA', optional: true }],
    options: { ...dataOption, ...jsonOption },
    summary: 'Show every setting: its value, where it is set, what is allowed.',
    details: 'AREA is the beginning of a name: mailweir settings list imap',
    run: listSettings,
  },
  {
    words: ['settings', 'get'],
    args: [{ name: 'NAME' }],
    options: { ...dataOption, ...jsonOption },
    summary: 'Print the value of one setting.',
    run: getSetting,
  },
  {
    words: ['settings', 'docs'],
    args: [],
    options: { write: { value: 'FILE', doc: 'Write to this file instead of stdout.' } },
    summary: 'Print the description of all settings (docs/settings.md).',
    run: async (call) => {
      const file = call.value('write');
      if (file === undefined) process.stdout.write(describeSettings());
      else await writeFile(file, describeSettings());
    },
  },
];

async function listSettings(call: Call): Promise<void> {
  const [area = ''] = call.args;
  await withWorld(call, 'fail', async ({ settings }) => {
    const resolution = resolveStored((await settings.read()).values);
    const shown = catalogue.filter(({ name }) => name.startsWith(area));
    if (call.has('json')) return printJson(shown.map((setting) => settingJson(setting, resolution)));
    const rows = shown.map((setting) => [
      setting.name,
      valueText(setting, resolution),
      originText(setting, resolution),
      allowedText(setting),
    ]);
    print(table(['name', 'value', 'from', 'allowed'], rows, `no setting begins with ${area}`));
    for (const { fault } of resolution.rejected) say(`ignored: ${fault}`);
  });
}

async function getSetting(call: Call): Promise<void> {
  const setting = settingOf(call.args[0] ?? '');
  await withWorld(call, 'fail', async ({ settings }) => {
    const resolution = resolveStored((await settings.read()).values);
    if (call.has('json')) return printJson(settingJson(setting, resolution));
    print(setting.format(valueIn(resolution.values, setting)));
  });
}

/** A default that depends on where the server listens is told in words. */
function valueText(setting: Setting<unknown>, resolution: Resolution): string {
  const isDefault = resolution.values.get(setting.name)?.origin === 'default';
  const bound = describeDefault(setting);
  return isDefault && bound.includes('loopback') ? bound : setting.format(valueIn(resolution.values, setting));
}

function originText({ name }: Setting<unknown>, { values, profile }: Resolution): string {
  const origin = values.get(name)?.origin ?? 'default';
  return origin === 'profile' ? `profile ${profile}` : origin;
}

const allowedText = ({ allowed, fixed }: Setting<unknown>): string => `${allowed}${fixed === true ? ' (next start)' : ''}`;

function settingJson(setting: Setting<unknown>, resolution: Resolution): object {
  const { name, type, allowed, doc, from, fixed } = setting;
  return {
    name,
    value: setting.format(valueIn(resolution.values, setting)),
    origin: resolution.values.get(name)?.origin ?? 'default',
    default: describeDefault(setting),
    type,
    allowed,
    nextStart: fixed === true,
    comesFrom: from,
    doc,
  };
}
