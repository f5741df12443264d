import { writeFile } from 'node:fs/promises';
import { catalogue } from '../../core/settings/catalogue.ts';
import { describeDefault, describeSettings } from '../../core/settings/describe.ts';
import { type Resolution, valueIn } from '../../core/settings/resolve-values.ts';
import type { Setting } from '../../core/settings/setting.ts';
import { type Call, type Command, dataOption, jsonOption } from '../command.ts';
import { print, printJson, say } from '../output.ts';
import { askRunning, originText, type Running, type Variant, variantsOf } from '../running-settings.ts';
import { type SettingsView, settingOf, viewOf } from '../settings-place.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const settingsReadCommands: readonly Command[] = [
  {
    words: ['settings', 'list'],
    args: [{ name: 'AREA', optional: true }],
    options: { ...dataOption, ...jsonOption },
    summary: 'Show every setting: its value, where it is set, what is allowed.',
    details: `AREA is the beginning of a name: mailweir settings list imap
What running processes have in force is asked of them: "this run" came with --set.`,
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
  await withWorld(call, 'fail', async ({ settings, ask }) => {
    const view = await viewOf(settings);
    const running = await askRunning(ask);
    const shown = catalogue.filter(({ name }) => name.startsWith(area));
    if (call.has('json')) return printJson(shown.map((setting) => settingJson(setting, view, running)));
    const rows = shown.flatMap((setting) => rowsOf(setting, view, running));
    print(table(['name', 'value', 'from', 'allowed'], rows, `no setting begins with ${area}`));
    for (const { fault } of view.rejected) say(`ignored: ${fault}`);
    if (view.version !== undefined) say(`version ${view.version} is in force${waitingText(view)}`);
  });
}

async function getSetting(call: Call): Promise<void> {
  const setting = settingOf(call.args[0] ?? '');
  await withWorld(call, 'fail', async ({ settings, ask }) => {
    const view = await viewOf(settings);
    const { resolution } = view;
    const running = await askRunning(ask);
    if (call.has('json')) return printJson(settingJson(setting, view, running));
    const stored = storedOf(setting, resolution);
    print(stored.value);
    for (const { names, fault } of view.rejected) if (names.includes(setting.name)) say(`ignored: ${fault}`);
    if (view.waiting.has(setting.name))
      say(`not applied yet: ${storedOf(setting, view.inForce).value || 'empty'} is in force (version ${view.version})`);
    for (const variant of variantsOf(stored, running.get(setting.name))) {
      if (variant.processes.length > 0 && variant.value !== stored.value)
        say(`in force: ${variant.value || 'empty'} (${originText(variant, resolution, false)})`);
    }
  });
}

const storedOf = (setting: Setting<unknown>, { values }: Resolution): Omit<Variant, 'processes'> => ({
  value: setting.format(valueIn(values, setting)),
  origin: values.get(setting.name)?.origin ?? 'default',
});

function rowsOf(setting: Setting<unknown>, view: SettingsView, running: Running): readonly (readonly string[])[] {
  const stored = storedOf(setting, view.resolution);
  const variants = variantsOf(stored, running.get(setting.name));
  return variants.map((variant) => {
    const origin = originText(variant, view.resolution, variants.length === 1);
    const isNew = view.waiting.has(setting.name) && variant.value === stored.value && variant.processes.length === 0;
    return [setting.name, valueText(setting, variant), isNew ? `${origin}, not applied yet` : origin, allowedText(setting)];
  });
}

const waitingText = ({ waiting }: SettingsView): string =>
  waiting.size === 0 ? '' : `; not applied yet: ${[...waiting].toSorted().join(', ')}`;

/** A default that depends on where the server listens is told in words while none runs. */
function valueText(setting: Setting<unknown>, { value, origin, processes }: Variant): string {
  const bound = describeDefault(setting);
  return origin === 'default' && processes.length === 0 && bound.includes('loopback') ? bound : value;
}

const allowedText = ({ allowed, fixed }: Setting<unknown>): string => `${allowed}${fixed === true ? ' (next start)' : ''}`;

function settingJson(setting: Setting<unknown>, view: SettingsView, running: Running): object {
  const { name, type, allowed, doc, from, fixed } = setting;
  return {
    name,
    ...storedOf(setting, view.resolution),
    ...(view.version === undefined ? {} : appliedJson(setting, view)),
    processes: (running.get(name) ?? []).map(({ process, value, origin }) => ({ process, value, origin })),
    default: describeDefault(setting),
    type,
    allowed,
    nextStart: fixed === true,
    comesFrom: from,
    doc,
  };
}

const appliedJson = (setting: Setting<unknown>, { waiting, inForce, version, rejected }: SettingsView): object => ({
  applied: !waiting.has(setting.name),
  inForce: storedOf(setting, inForce).value,
  version,
  rejected: rejected.find(({ names }) => names.includes(setting.name))?.fault ?? null,
});
