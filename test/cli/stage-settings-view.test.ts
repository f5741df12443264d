import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveStored, viewOf } from '../../cli/settings-place.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import { outboundSettings } from '../../core/settings/outbound.ts';
import { type Resolution, valueIn } from '../../core/settings/resolve-values.ts';
import type { Place, Setting } from '../../core/settings/setting.ts';
import { stageSettings } from '../../platform/aws/settings/stage-settings.ts';
import { memorySource } from '../settings/memory-source.ts';

const place: Place = { world: 'aws', loopbackOnly: false, hostname: 'mail.example.org', memory: 512 * 1024 ** 2 };
const view = (parameters: Readonly<Record<string, string>>, inForce: Readonly<Record<string, string>>) =>
  viewOf(
    stageSettings({
      parameters: { read: async () => new Map(Object.entries(parameters)), put: async () => {} },
      item: memorySource(inForce),
      place,
    }),
  );
const shown = (setting: Setting<unknown>, { values }: Resolution): string =>
  `${setting.format(valueIn(values, setting))} ${values.get(setting.name)?.origin}`;

describe('settings of a stage, as an operator looks at them', () => {
  it('show what is set, and what of it is not applied yet', async () => {
    const { resolution, waiting, inForce, version } = await view(
      { 'imap/fetches': '7', 'imap/idle': 'off' },
      { 'imap/fetches': '5', 'imap/idle': 'off' },
    );
    assert.equal(shown(imapSettings.fetches, resolution), '7 set');
    assert.equal(shown(imapSettings.fetches, inForce), '5 set');
    assert.deepEqual([[...waiting], version], [['imap/fetches'], 1]);
  });

  it('show the last good value in place of one that is not allowed, and why', async () => {
    const { resolution, waiting, rejected } = await view({ 'imap/fetches': 'many' }, { 'imap/fetches': '5' });
    assert.equal(shown(imapSettings.fetches, resolution), '5 set');
    assert.deepEqual([waiting.size, rejected.map(({ names }) => names)], [0, [['imap/fetches']]]);
    assert.match(rejected[0]?.fault ?? '', /^imap\/fetches takes /);
  });

  it('have the defaults of AWS, not those of this machine', async () => {
    const { resolution } = await view({}, {});
    assert.equal(shown(outboundSettings.route, resolution), 'ses default');
    assert.equal(shown(outboundSettings.route, resolveStored(new Map())), 'direct default');
  });

  it('of one machine are in force when they are set', async () => {
    const { waiting, version, resolution } = await viewOf(memorySource({ 'imap/fetches': '7' }));
    assert.deepEqual([waiting.size, version, shown(imapSettings.fetches, resolution)], [0, undefined, '7 set']);
  });
});
