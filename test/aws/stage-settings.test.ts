import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { DeleteParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { applyParameters } from '../../core/settings/apply-parameters.ts';
import { catalogue } from '../../core/settings/catalogue.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import { unsetWord } from '../../core/settings/parameter-values.ts';
import { liveSettings } from '../../core/settings/resolve.ts';
import type { Place } from '../../core/settings/setting.ts';
import type { SettingsSource } from '../../core/settings/settings-source.ts';
import { sessionsKey } from '../../core/slots/slot-key.ts';
import type { OpId } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { putLimitsInForce } from '../../platform/aws/settings/limits-in-force.ts';
import { openParameterClient, type ParameterStore, parameterStore } from '../../platform/aws/settings/parameters.ts';
import { dynamoSettingsSource } from '../../platform/aws/settings/settings-source.ts';
import { openSettingsWorld, type SettingsWorld } from '../../platform/aws/settings/settings-world.ts';
import { stageSettings } from '../../platform/aws/settings/stage-settings.ts';
import { settingsPath } from '../../platform/aws/stage-names.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { endpoint, makeSlotTable, noEndpoint } from './slot-tables.ts';

const place: Place = { world: 'aws', loopbackOnly: false, hostname: 'mail.example.org', memory: 512 * 1024 ** 2 };
const silent = { event: () => {}, failure: () => {} };

interface Scene {
  readonly table: string;
  readonly parameters: ParameterStore;
  /** As the command line has them. */
  readonly settings: SettingsSource;
  /** As processes have them. */
  readonly item: SettingsSource;
  readonly world: SettingsWorld;
  readonly events: string[];
  apply(): ReturnType<typeof applyParameters>;
  put(name: string, value: string, type?: 'String' | 'SecureString'): Promise<void>;
}

/** A stage of its own: parameters as the deploy makes them, and a table of slots. */
async function scene(t: TestContext): Promise<Scene> {
  const at = endpoint ?? '';
  const stage = `test-${randomUUID()}`;
  const ssm = openParameterClient(at);
  const slots = await makeSlotTable(at);
  const client = openPatientClient({ endpoint: at });
  const names = catalogue.map(({ name }) => settingsPath(stage) + name);
  const put: Scene['put'] = async (name, Value, Type = 'String') =>
    void (await ssm.send(new PutParameterCommand({ Name: settingsPath(stage) + name, Value, Type, Overwrite: true })));
  for (const { name } of catalogue) await put(name, unsetWord);
  t.after(async () => {
    for (let at = 0; at < names.length; at += 10) await ssm.send(new DeleteParametersCommand({ Names: names.slice(at, at + 10) }));
    await slots.remove();
    client.destroy();
    ssm.destroy();
  });
  const parameters = parameterStore(ssm, stage);
  const item = dynamoSettingsSource({ client, table: slots.name, clock: systemClock });
  const world = openSettingsWorld({ names: { stage, tables: { slots: slots.name } }, endpoint: at });
  const events: string[] = [];
  const log = { ...silent, event: (name: string, data?: object) => void events.push(`${name} ${JSON.stringify(data)}`) };
  const apply = () => applyParameters({ ...world, place, log, rejected: () => {} });
  return { table: slots.name, parameters, settings: stageSettings({ parameters, item, place }), item, world, events, apply, put };
}

describe('settings of a stage', { skip: noEndpoint }, () => {
  it('are all read, however many pages of parameters there are', async (t) => {
    const { parameters, settings } = await scene(t);
    assert.equal((await parameters.read()).size, catalogue.length);
    assert.deepEqual(await settings.read(), { version: 0, values: new Map() });
  });

  it('set by the command line are in force when they were applied, and processes follow by themselves', async (t) => {
    const { settings, item, apply } = await scene(t);
    const process = await liveSettings(item, place, silent);
    t.after(() => process.close());
    const followed = new Promise<ReadonlySet<string>>((resolve) => process.onChange(resolve));

    await settings.write(
      new Map([
        ['imap/sessions-per-account', '30'],
        ['profile', 'ismail'],
      ]),
    );
    const before = await settings.standing?.();
    assert.deepEqual([before?.version, before?.waiting, before?.rejected], [0, ['imap/sessions-per-account', 'profile'], []]);
    await apply();
    const after = await settings.standing?.();
    assert.deepEqual([after?.version, after?.waiting], [1, []]);

    assert.ok((await followed).has('imap/sessions-per-account'));
    assert.equal(process.get(imapSettings.sessionsPerAccount), 30);
    await settings.write(new Map([['imap/sessions-per-account', undefined]]));
    assert.deepEqual([...(await settings.read()).values], [['profile', 'ismail']]);
    await apply();
    assert.deepEqual([...(await item.read()).values], [['profile', 'ismail']]);
  });

  it('keep overrides and route rules in the item, where neither writer loses what the other has written', async (t) => {
    const { settings, item, apply } = await scene(t);
    const override = 'override/imap/sessions-per-account/alice@example.org';
    const rule = 'route/to/.example.net';
    await settings.write(new Map([['imap/fetches', '7']]));
    await Promise.all([settings.write(new Map([[override, '60']])), apply(), apply(), settings.write(new Map([[rule, 'direct']]))]);
    assert.deepEqual(
      new Map((await item.read()).values),
      new Map([
        [override, '60'],
        [rule, 'direct'],
        ['imap/fetches', '7'],
      ]),
    );
    await settings.write(
      new Map([
        [override, undefined],
        ['imap/fetches', undefined],
      ]),
    );
    await apply();
    assert.deepEqual([...(await settings.read()).values], [[rule, 'direct']]);
    assert.deepEqual([...(await item.read()).values], [[rule, 'direct']]);
  });

  it('set by hand to what is not allowed are told, and are seen by whoever asks', async (t) => {
    const { settings, item, apply, put, events } = await scene(t);
    await put('imap/fetches', '7');
    await apply();
    await put('imap/fetches', 'seven');
    await put('imap/idle', 'on', 'SecureString');
    await put('imap/idel', 'off');
    const { rejected } = await apply();
    assert.deepEqual(rejected.toSorted(), ['imap/fetches', 'imap/idel', 'imap/idle']);
    assert.deepEqual([...(await item.read()).values], [['imap/fetches', '7']]);
    const standing = await settings.standing?.();
    assert.equal(standing?.rejected.length, 3);
    assert.equal(standing?.inForce.get('imap/fetches'), '7');
    assert.ok(events.some((event) => event.includes('imap/fetches takes')));
  });

  it('keep the word default in a parameter rather than nothing, which Parameter Store does not take', async (t) => {
    const { settings, parameters } = await scene(t);
    await settings.write(
      new Map([
        ['smtp/banner', '  '],
        ['tls/key', undefined],
      ]),
    );
    const read = await parameters.read();
    assert.deepEqual([read.get('smtp/banner'), read.get('tls/key')], [unsetWord, unsetWord]);
    await assert.rejects(parameters.put('smtp/banner', 'x'.repeat(5000)), /4096 octets/);
  });
});

describe('limits of totals beside the settings', { skip: noEndpoint }, () => {
  const holder = 'a-holder' as HolderId;
  const key = sessionsKey('imap');
  const version = (text: string) => text as OpId;
  const move = (from: string | undefined, to: string, count: number, limit: number) => ({
    key,
    holder,
    from: from === undefined ? undefined : { count: count - 1, version: version(from) },
    to: { count, version: version(to) },
    limit,
    total: true,
    setLimit: false,
  });

  it('are in force before any process has read the settings: whoever asks with the old one learns the new one', async (t) => {
    const { table, world } = await scene(t);
    const store = openDynamoSlotStore({ table, clock: systemClock, endpoint: endpoint ?? '' });
    t.after(() => store.close());
    assert.equal(await world.putLimits([{ key, limit: 5 }], 1), 0, 'nobody holds anything, so there is nothing to write');
    await store.register(holder, 40_000);
    assert.equal((await store.change(move(undefined, '1', 1, 5))).changed, true);

    assert.equal(await world.putLimits([{ key, limit: 3 }], 2), 1);
    const refused = await store.change(move('1', '2', 2, 5));
    assert.deepEqual([refused.changed, refused.item.limit, refused.item.n], [false, 3, 1]);
    assert.equal((await store.change(move('1', '2', 2, 3))).changed, true);
  });

  it('of earlier settings come too late, and change nothing that a process has announced since', async (t) => {
    const { table, world } = await scene(t);
    const client = openPatientClient({ endpoint: endpoint ?? '' });
    const store = openDynamoSlotStore({ table, clock: systemClock, endpoint: endpoint ?? '' });
    t.after(async () => {
      client.destroy();
      await store.close();
    });
    await store.register(holder, 40_000);
    await store.change(move(undefined, '1', 1, 5));
    await world.putLimits([{ key, limit: 9 }], 4);
    assert.equal(await putLimitsInForce({ client, table }, [{ key, limit: 7 }], 3), 0);
    assert.equal((await store.read(key))?.limit, 9);
    await store.change({ ...move('1', '2', 2, 6), setLimit: true });
    assert.equal(await world.putLimits([{ key, limit: 9 }], 4), 0, 'the same settings again');
    assert.equal((await store.read(key))?.limit, 6);
    assert.equal(await world.putLimits([{ key, limit: 8 }], 5), 1);
    assert.deepEqual([(await store.read(key))?.limit, (await store.read(key))?.n], [8, 2]);
  });
});
