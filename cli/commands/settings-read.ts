import { writeFile } from 'node:fs/promises';
import { catalogue } from '../../core/settings/catalogue.ts';
import { describeDefault, describeSettings } from '../../core/settings/describe.ts';
import { type Resolution, valueIn } from '../../core/settings/resolve-values.ts';
import type { Setting } from '../../core/settings/setting.ts';
import { type Call, type Command, dataOption, jsonOption } from '../command.ts';
import { print, printJson, say } from '../output.ts';
import { askRunning, originText, type Running, type Variant, variantsOf } from '../running-settings.ts';
import { resolveStored, settingOf } from '../settings-place.ts';
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
    const resolution = resolveStored((await settings.read()).values);
    const running = await askRunning(ask);
    const shown = catalogue.filter(({ name }) => name.startsWith(area));
    if (call.has('json')) return printJson(shown.map((setting) => settingJson(setting, resolution, running)));
    const rows = shown.flatMap((setting) => rowsOf(setting, resolution, running));
    print(table(['name', 'value', 'from', 'allowed'], rows, `no setting begins with ${area}`));
    for (const { fault } of resolution.rejected) say(`ignored: ${fault}`);
  });
}

async function getSetting(call: Call): Promise<void> {
  const setting = settingOf(call.args[0] ?? '');
  await withWorld(call, 'fail', async ({ settings, ask }) => {
    const resolution = resolveStored((await settings.read()).values);
    const running = await askRunning(ask);
    if (call.has('json')) return printJson(settingJson(setting, resolution, running));
    const stored = storedOf(setting, resolution);
    print(stored.value);
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

function rowsOf(setting: Setting<unknown>, resolution: Resolution, running: Running): readonly (readonly string[])[] {
  const variants = variantsOf(storedOf(setting, resolution), running.get(setting.name));
  return variants.map((variant) => [
    setting.name,
    valueText(setting, variant),
    originText(variant, resolution, variants.length === 1),
    allowedText(setting),
  ]);
}

/** A default that depends on where the server listens is told in words while none runs. */
function valueText(setting: Setting<unknown>, { value, origin, processes }: Variant): string {
  const bound = describeDefault(setting);
  return origin === 'default' && processes.length === 0 && bound.includes('loopback') ? bound : value;
}

const allowedText = ({ allowed, fixed }: Setting<unknown>): string => `${allowed}${fixed === true ? ' (next start)' : ''}`;

function settingJson(setting: Setting<unknown>, resolution: Resolution, running: Running): object {
  const { name, type, allowed, doc, from, fixed } = setting;
  return {
    name,
    ...storedOf(setting, resolution),
    processes: (running.get(name) ?? []).map(({ process, value, origin }) => ({ process, value, origin })),
    default: describeDefault(setting),
    type,
    allowed,
    nextStart: fixed === true,
    comesFrom: from,
    doc,
  };
}
