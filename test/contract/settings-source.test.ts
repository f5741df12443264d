import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { SettingsSource, SettingsVersion } from '../../core/settings/settings-source.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { dynamoSettingsSource } from '../../platform/aws/settings/settings-source.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { endpoint, makeSlotTable, noEndpoint } from '../aws/slot-tables.ts';
import { worlds } from './worlds.ts';

interface SettingsPlace {
  open(): Promise<{ readonly settings: SettingsSource }>;
}

const sources: readonly { readonly name: string; readonly skip: string | false; place(t: TestContext): Promise<SettingsPlace> }[] = [
  ...worlds,
  {
    name: 'dynamodb',
    skip: noEndpoint,
    place: async (t) => {
      const table = await makeSlotTable();
      const client = openPatientClient({ endpoint: endpoint ?? '' });
      t.after(async () => {
        await table.remove();
        client.destroy();
      });
      return { open: async () => ({ settings: dynamoSettingsSource({ client, table: table.name, clock: systemClock }) }) };
    },
  },
];

for (const { name, skip, place } of sources) {
  describe(`settings on ${name}`, { skip }, () => {
    it('written in one process are seen by the others, whole and with a new version', async (t) => {
      const here = await place(t);
      const [cli, listener] = [await here.open(), await here.open()];
      assert.deepEqual(await listener.settings.read(), { version: 0, values: new Map() });
      await cli.settings.write(
        new Map([
          ['imap/idle', 'off'],
          ['imap/port', '143'],
        ]),
      );
      const next = () => new Promise<SettingsVersion>((resolve) => t.after(listener.settings.watch(resolve)));
      const heard = next();
      await cli.settings.write(
        new Map([
          ['imap/idle', undefined],
          ['smtp/banner', 'hello'],
        ]),
      );
      const now = await heard;
      assert.deepEqual(
        now.values,
        new Map([
          ['imap/port', '143'],
          ['smtp/banner', 'hello'],
        ]),
      );
      assert.ok(now.version > 0);
    });

    it('written by several processes at once are all there', async (t) => {
      const here = await place(t);
      const processes = await Promise.all([here.open(), here.open(), here.open()]);
      await Promise.all(processes.map(({ settings }, i) => settings.write(new Map([[`imap/text-${i}`, String(i)]]))));
      assert.deepEqual([...((await processes[0]?.settings.read())?.values.keys() ?? [])].toSorted(), [
        'imap/text-0',
        'imap/text-1',
        'imap/text-2',
      ]);
    });
  });
}
