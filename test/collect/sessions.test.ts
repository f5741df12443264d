import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type CollectDeps, type CollectEnd, runCollectingSession } from '../../core/collect/collecting-session.ts';
import type { Maildrop, MaildropClient, MaildropLogin } from '../../core/collect/maildrop-client.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { Slots } from '../../core/slots/slots.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { World } from '../../core/world.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { alice, inboxOf } from '../contract/worlds.ts';
import { until } from '../harness/edge.ts';
import { add, factsFor, nameOf, setUp } from './collecting-edge.ts';

const silent = { event: () => {}, failure: (_name: string, error: unknown) => assert.ifError(error) };

/** A maildrop with nothing in it. */
const emptyMaildrop: Maildrop = {
  address: '127.0.0.1',
  connection: undefined,
  loginDelay: 0,
  list: async () => [],
  retrieve: () => assert.fail('there is nothing to retrieve'),
  delete: async () => false,
  quit: async () => {},
  close: () => {},
};

interface Scene {
  readonly world: World;
  readonly slots: Slots;
  /** One collecting session, by name. */
  session(name: string): Promise<CollectEnd>;
}

/** @param visit what a session with a server is like; it holds a source while it waits here */
async function scene(
  t: TestContext,
  visit: (session: string, login: MaildropLogin) => Promise<void>,
  settings: Readonly<Record<string, FixedValue>> = {},
): Promise<Scene> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const world = await openEmbeddedWorld({ dataDir });
  await inboxOf(world, alice);
  const slots = await openSlots({ store: world.slotStore, clock: systemClock, newId: world.newId, policy: () => 'closed', log: silent });
  t.after(async () => {
    await slots.close();
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const meter = { collected: () => {}, runFailed: () => {} };
  const session = (name: string): Promise<CollectEnd> => {
    const maildrops: MaildropClient = {
      open: async (login) => {
        await visit(name, login);
        return emptyMaildrop;
      },
    };
    const deps: CollectDeps = {
      ...world,
      maildrops,
      sources: world.collectSources,
      secrets: { get: async () => 'wonderland' },
      dispatcher: { wake: () => {} },
      settings: fixedSettings({ 'collect/sessions-per-server': 0, ...settings }),
      slots,
      log: silent,
      random: () => 0.5,
      holder: `holder of ${name}` as HolderId,
      meter,
    };
    return runCollectingSession(deps, { stop: new AbortController().signal });
  };
  return { world, slots, session };
}

const addSources = async (world: World, count: number, hostOf: (i: number) => string = () => 'pop.example.net'): Promise<void> => {
  for (let i = 0; i < count; i += 1) {
    await add(world, factsFor({ port: 110 }, { name: nameOf(`source-${i}`), host: hostOf(i), user: `user-${i}`, account: alice }));
  }
};

/** Lets through as many as have come, when so many have. */
function meeting(of: number): () => Promise<void> {
  let here: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      here.push(resolve);
      if (here.length < of) return;
      for (const go of here) go();
      here = [];
    });
}

describe('collecting sessions', () => {
  it('share the sources: 15 sources that take equally long and 3 sessions are 5 for each, begun at once', async (t) => {
    const meet = meeting(3);
    const visits = new Map<string, string[]>();
    const { world, session } = await scene(t, async (name, { user }) => {
      visits.set(name, [...(visits.get(name) ?? []), user]);
      await meet(); // never more than one step ahead of the others
    });
    await addSources(world, 15);
    assert.deepEqual(await Promise.all(['first', 'second', 'third'].map(session)), ['empty', 'empty', 'empty']);
    assert.deepEqual(
      [...visits.values()].map((users) => users.length),
      [5, 5, 5],
    );
    assert.equal(new Set([...visits.values()].flat()).size, 15, 'each source once');
    for (const { lastRun } of await world.collectSources.list()) assert.equal(lastRun?.result, 'done');
  });

  it('wait for no source that does not come to an end', async (t) => {
    const tarpit = Promise.withResolvers<void>();
    const { world, session } = await scene(t, (_name, { user }) => (user === 'user-0' ? tarpit.promise : Promise.resolve()));
    await addSources(world, 15);
    const sessions = ['first', 'second', 'third'].map(session);
    await Promise.any(sessions);
    await until('all others to be done', async () => (await world.collectSources.list()).filter(({ lastRun }) => lastRun).length === 14);
    const stuck = await world.collectSources.find(nameOf('source-0'));
    assert.deepEqual([stuck?.lastRun, stuck?.claimedBy !== undefined], [undefined, true]);
    tarpit.resolve();
    await Promise.all(sessions);
  });

  it('are never more than collect/sessions', async (t) => {
    const open = Promise.withResolvers<void>();
    const { world, session } = await scene(t, () => open.promise, { 'collect/sessions': 2 });
    await addSources(world, 5);
    const first = session('first');
    const second = session('second');
    await until('two to be at work', async () => (await world.collectSources.list()).filter(({ claimedBy }) => claimedBy).length === 2);
    assert.equal(await session('third'), 'no-slot');
    open.resolve();
    assert.deepEqual(await Promise.all([first, second]), ['empty', 'empty']);
  });

  it('leave a server alone that has as many sessions as it may, and go on with others', async (t) => {
    const open = Promise.withResolvers<void>();
    const atServer = new Map<string, number>();
    let most = 0;
    const { world, session } = await scene(
      t,
      async (_name, { host }) => {
        atServer.set(host, (atServer.get(host) ?? 0) + 1);
        most = Math.max(most, ...atServer.values());
        if (host === 'pop.example.net') await open.promise;
        atServer.set(host, (atServer.get(host) ?? 0) - 1);
      },
      { 'collect/sessions-per-server': 2 },
    );
    await addSources(world, 12, (i) => (i < 8 ? 'pop.example.net' : `pop-${i}.example.org`));
    const sessions = ['first', 'second', 'third', 'fourth'].map(session);
    const doneElsewhere = async () =>
      (await world.collectSources.list()).filter(({ host, lastRun }) => host !== 'pop.example.net' && lastRun !== undefined).length;
    await until('all others to be done', async () => (await doneElsewhere()) === 4);
    assert.equal(await Promise.any(sessions), 'full');
    open.resolve();
    await Promise.all(sessions);
    assert.equal(most, 2);
    for (const { lastRun } of await world.collectSources.list()) assert.equal(lastRun?.result, 'done');
  });
});

describe('a cap per server, measured at the server', () => {
  it('holds however many sources it has', async (t) => {
    const { server, edge } = await setUp(t);
    for (let i = 0; i < 10; i += 1) await add(edge.world, factsFor(server, { name: nameOf(`source-${i}`), user: `user-${i}` }));
    await until('all to be done', async () => (await edge.world.collectSources.list()).every(({ lastRun }) => lastRun?.result === 'done'));
    assert.equal(server.logins, 10);
    assert.ok(server.mostSessions <= 2, `${server.mostSessions} at once`);
    assert.deepEqual(edge.failures, []);
  });

  it('is none at 0: six sessions meet there', async (t) => {
    const meet = meeting(6);
    const twist = async (command: string): Promise<undefined> => void (command === 'CAPA' ? await meet() : undefined);
    const { server, edge } = await setUp(t, { twist }, { 'collect/sessions-per-server': '0' });
    for (let i = 0; i < 6; i += 1) await add(edge.world, factsFor(server, { name: nameOf(`source-${i}`), user: `user-${i}` }));
    await until('all to be done', async () => (await edge.world.collectSources.list()).every(({ lastRun }) => lastRun?.result === 'done'));
    assert.equal(server.mostSessions, 6);
  });
});
