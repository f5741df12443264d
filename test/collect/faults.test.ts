import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../harness/edge.ts';
import { mail, mailOfSize } from '../harness/mail.ts';
import { add, factsFor, inbox, keepSecret, run, setUp, subjects } from './collecting-edge.ts';

describe('a source whose server fails', () => {
  it('in the midst of a message loses nothing: the rest comes with the next run, each message once', async (t) => {
    let cuts = 1;
    const { server, edge } = await setUp(t, {
      twist: (command) =>
        command === 'RETR 2' && cuts-- > 0 ? { raw: '+OK\r\nSubject: two\r\n\r\nhalf of', thenVanish: true } : undefined,
    });
    for (const uidl of ['one', 'two', 'three']) server.put('alice', uidl, mail({ subject: uidl }));
    await add(edge.world, factsFor(server, { keep: 0 }));
    const first = await run(edge);
    assert.deepEqual([first.lastRun.result, first.lastRun.collected, first.failures], ['cut', 1, 1]);
    assert.deepEqual([await subjects(edge), server.deleted], [['one'], []]);
    const second = await run(edge);
    assert.deepEqual([second.lastRun.result, second.lastRun.collected, second.lastRun.deleted, second.failures], ['done', 2, 3, 0]);
    assert.deepEqual(await subjects(edge), ['one', 'three', 'two'], 'what did not come to its end the last time comes last');
    assert.deepEqual(server.retrieved, ['alice one', 'alice three', 'alice two']);
    assert.deepEqual(edge.failures, []);
  });

  it('between DELE and QUIT has deleted nothing, and is told again', async (t) => {
    let cuts = 1;
    const { server, edge } = await setUp(t, { twist: (command) => (command === 'QUIT' && cuts-- > 0 ? 'vanish' : undefined) });
    server.put('alice', 'one', mail({ subject: 'one' }));
    await add(edge.world, factsFor(server, { keep: 0 }));
    const first = await run(edge);
    assert.deepEqual([first.lastRun.result, first.lastRun.collected, first.lastRun.deleted], ['cut', 1, 0]);
    const second = await run(edge);
    assert.deepEqual([second.lastRun.result, second.lastRun.collected, second.lastRun.deleted], ['done', 0, 1]);
    assert.deepEqual([await subjects(edge), server.retrieved, server.deleted], [['one'], ['alice one'], ['one']]);
  });

  it('after QUIT was obeyed but before it said so is asked what it still has', async (t) => {
    let cuts = 1;
    const { server, edge } = await setUp(t, {
      twist: (command) => {
        if (command !== 'QUIT' || cuts-- === 0) return undefined;
        server.maildrops.set('alice', []);
        return 'vanish';
      },
    });
    server.put('alice', 'one', mail({ subject: 'one' }));
    const { id } = await add(edge.world, factsFor(server, { keep: 0 }));
    assert.equal((await run(edge)).lastRun.result, 'cut');
    const { lastRun } = await run(edge);
    assert.deepEqual([lastRun.result, lastRun.listed, lastRun.deleted], ['done', 0, 0]);
    assert.equal((await edge.world.collectSources.remembered(id)).size, 0, 'what is gone there is forgotten here');
    assert.deepEqual(await subjects(edge), ['one']);
  });

  for (const [reply, result, hours] of [
    ['-ERR [AUTH] wrong password', 'login-refused', 1],
    ['-ERR wonderland is not your password', 'login-refused', 1],
    ['-ERR [SYS/PERM] closed for ever', 'server-refuses', 1],
    ['-ERR [IN-USE] locked', 'in-use', 0],
    ['-ERR [SYS/TEMP] later', 'busy', 0],
    ['-ERR [LOGIN-DELAY] too soon', 'login-delay', 0],
  ] as const) {
    it(`at the login with ${reply} is ${result}, and is tried again when that makes sense`, async (t) => {
      const { server, edge } = await setUp(t, { twist: (command) => (command.startsWith('PASS') ? reply : undefined) });
      await add(edge.world, factsFor(server));
      const { lastRun, nextRunAt, failures, lastSuccessAt } = await run(edge);
      assert.equal(lastRun.result, result);
      assert.doesNotMatch(lastRun.reason ?? '', /wonderland/);
      assert.equal(lastSuccessAt, undefined);
      assert.equal(failures, result === 'login-delay' ? 0 : 1);
      const pause = nextRunAt - lastRun.endedAt;
      assert.ok(pause >= (hours > 0 ? 3_600_000 : 600_000) && pause < (hours > 0 ? 7_200_000 : 1_200_000), `${pause} ms`);
    });
  }

  it('that asks for fewer logins gets fewer (LOGIN-DELAY)', async (t) => {
    const { server, edge } = await setUp(t, { capabilities: ['UIDL', 'USER', 'LOGIN-DELAY 7200'] });
    await add(edge.world, factsFor(server));
    const { lastRun, nextRunAt, loginDelay } = await run(edge);
    assert.deepEqual([lastRun.result, loginDelay], ['done', 7200]);
    assert.ok(nextRunAt >= lastRun.endedAt + 7_200_000);
  });

  it('is left alone longer each time', async (t) => {
    const { server, edge } = await setUp(t, { greeting: '-ERR [SYS/TEMP] not now' });
    await add(edge.world, factsFor(server));
    const pauses: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { lastRun, nextRunAt } = await run(edge);
      assert.equal(lastRun.result, 'busy');
      pauses.push(Math.floor((nextRunAt - lastRun.endedAt) / 600_000));
    }
    assert.deepEqual(pauses, [1, 2, 4]);
  });

  it('with more than it said of a message is cut off at smtp/message-size, and that message keeps nobody from the others', async (t) => {
    let sessions = 0;
    const again = Promise.withResolvers<void>();
    const { server, edge } = await setUp(
      t,
      {
        twist: async (command) => {
          if (command === 'CAPA' && sessions++ > 0) await again.promise; // what is left follows at once
          return command === 'LIST' ? '+OK\r\n1 500\r\n2 500\r\n.' : undefined;
        },
      },
      { 'smtp/message-size': '1MB' },
    );
    server.put('alice', 'endless', mailOfSize(3_000_000));
    server.put('alice', 'small', mail({ subject: 'small' }));
    await add(edge.world, factsFor(server, { keep: 0 }));
    const { collectSources } = edge.world;
    const report = async () => (await collectSources.list())[0]?.lastRun;
    await until('the first run', async () => (await report()) !== undefined);
    const first = await report();
    assert.deepEqual([first?.result, first?.tooLarge, first?.collected], ['more', 1, 0]);
    again.resolve();
    const second = await run(edge);
    assert.deepEqual([second.lastRun.result, second.lastRun.tooLarge, second.lastRun.collected], ['done', 1, 1]);
    assert.deepEqual([await subjects(edge), server.deleted], [['small'], ['small']]);
  });

  it('to give out one message gives the others', async (t) => {
    const { server, edge } = await setUp(t, { twist: (command) => (command === 'RETR 1' ? '-ERR damaged' : undefined) });
    for (const uidl of ['one', 'two']) server.put('alice', uidl, mail({ subject: uidl }));
    await add(edge.world, factsFor(server, { keep: 0 }));
    const { lastRun } = await run(edge);
    assert.deepEqual([lastRun.result, lastRun.collected, lastRun.refused, lastRun.deleted], ['done', 1, 1, 1]);
    assert.deepEqual(server.deleted, ['two']);
  });

  it('to give each message a name of its own loses none: they go there together, when all are here', async (t) => {
    let refusals = 1;
    const { server, edge } = await setUp(t, { twist: (command) => (command === 'RETR 2' && refusals-- > 0 ? '-ERR not now' : undefined) });
    for (const subject of ['one', 'two']) server.put('alice', 'same', mail({ subject }));
    await add(edge.world, factsFor(server, { keep: 0 }));
    const first = await run(edge);
    assert.deepEqual([first.lastRun.collected, first.lastRun.deleted], [1, 0]);
    const second = await run(edge);
    assert.deepEqual([second.lastRun.collected, second.lastRun.deleted], [1, 2]);
    assert.deepEqual(await subjects(edge), ['one', 'two']);
  });

  for (const [what, twist, result] of [
    ['lists what is no UIDL', (command: string) => (command === 'UIDL' ? '+OK\r\n1\r\n.' : undefined), 'protocol'],
    ['names a message it does not have', (command: string) => (command === 'UIDL' ? '+OK\r\n7 seven\r\n.' : undefined), 'protocol'],
    ['has no UIDL', (command: string) => (command === 'UIDL' ? '-ERR what?' : undefined), 'no-uidl'],
    ['sends a line without an end', (command: string) => (command === 'LIST' ? `+OK ${'x'.repeat(9_000)}` : undefined), 'protocol'],
    ['lists without an end', (command: string) => (command === 'UIDL' ? `+OK\r\n${'1'.repeat(9_000)}` : undefined), 'protocol'],
    ['speaks something else', (command: string) => (command === 'CAPA' ? '* OK IMAP4rev1' : undefined), 'protocol'],
    ['cuts the connection', (command: string) => (command === 'LIST' ? ('vanish' as const) : undefined), 'cut'],
  ] as const) {
    it(`that ${what} is left as it is: ${result}`, async (t) => {
      const { server, edge } = await setUp(t, { twist });
      server.put('alice', 'one', mail({ subject: 'one' }));
      await add(edge.world, factsFor(server, { keep: 0 }));
      const { lastRun } = await run(edge);
      assert.deepEqual([lastRun.result, lastRun.collected, server.retrieved, server.deleted], [result, 0, [], []]);
      assert.ok((lastRun.reason ?? '').length < 400);
      assert.deepEqual(edge.failures, []);
    });
  }

  it('or that is not there, or has no secret or no account here, tells which', async (t) => {
    const { server, edge } = await setUp(t);
    const { port } = server;
    await server.close();
    await add(edge.world, factsFor({ port }));
    assert.equal((await run(edge)).lastRun.result, 'unreachable');
    await rm(join(edge.dataDir, 'secrets', 'pop'));
    assert.equal((await run(edge)).lastRun.result, 'no-secret');
    await keepSecret(edge.dataDir, 'wonderland');
    await edge.world.accounts.remove(factsFor({ port }).account);
    assert.equal((await run(edge)).lastRun.result, 'no-account');
  });

  it('to answer a login while the source is removed has nothing more to do with it', async (t) => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const { server, edge } = await setUp(t, {
      twist: async (command) => {
        if (command !== 'RETR 1') return undefined;
        asked.resolve();
        await go.promise;
        return undefined;
      },
    });
    for (const uidl of ['one', 'two']) server.put('alice', uidl, mail({ subject: uidl }));
    const facts = factsFor(server, { keep: 0 });
    await add(edge.world, facts);
    await asked.promise;
    assert.ok(await edge.world.collectSources.remove(facts.name));
    go.resolve();
    await edge.process.drain();
    assert.deepEqual(server.deleted, []);
    assert.ok(!server.retrieved.includes('alice two'));
  });
});

describe('a message that was begun and not known to be here', () => {
  it('lands once, though it was here already when the process died', async (t) => {
    const { server, edge } = await setUp(t);
    server.put('alice', 'one', mail({ subject: 'one' }));
    const { collectSources } = edge.world;
    const { id, name } = await add(edge.world, factsFor(server, { keep: 0 }));
    await run(edge).catch(() => {});
    assert.deepEqual(await subjects(edge), ['one']);
    const message = /id\s+(\w+)/.exec((await inbox(edge))[0] ?? '')?.[1];
    assert.ok(message);
    // As a crash between the two would have left it: the message in INBOX, and not known to be there.
    server.put('alice', 'one', mail({ subject: 'one' }));
    await collectSources.hold(name);
    await collectSources.release(name, edge.world.clock.now() + 3_600_000);
    const us = 'us' as Parameters<typeof collectSources.letGo>[1];
    assert.ok(await collectSources.claimDue(edge.world.clock.now() + 7_200_000, { by: us, until: edge.world.clock.now() + 60_000 }, []));
    const uidl = 'one' as Parameters<typeof collectSources.remember>[2]['forget'] extends readonly (infer U)[] | undefined ? U : never;
    assert.ok(await collectSources.remember(id, us, { set: new Map([[uidl, { state: 'begun', message: message as never }]]) }));
    assert.ok(await collectSources.letGo(id, us));
    assert.equal((await run(edge)).lastRun.deleted, 1);
    assert.deepEqual(server.retrieved, ['alice one', 'alice one']);
    assert.deepEqual(await subjects(edge), ['one']);
  });
});
