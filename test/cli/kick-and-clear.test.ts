import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sessionsKey } from '../../core/slots/slot-key.ts';
import type { OpId, SlotKey } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { World } from '../../core/world.ts';
import { openProcessSocket } from '../../platform/embedded/process-socket.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { startEdge, until } from '../harness/edge.ts';
import { answersWith } from '../net/answers.ts';
import { runCli, temporaryData } from './run-cli.ts';

const perAccount = 'imap/sessions-per-account/alice@example.org' as SlotKey;
const mute = 'MUTE' as HolderId;

async function hold({ slotStore }: World, holder: HolderId, key: SlotKey, count: number): Promise<void> {
  const to = { count, version: '01' as OpId };
  assert.ok((await slotStore.change({ key, holder, from: undefined, to, limit: 0, total: false, setLimit: false })).changed);
}

describe('mailweir sessions --kick', () => {
  it('ends those named, whole or by their beginning, with a goodbye, and says what there is not', async (t) => {
    const edge = await startEdge(t);
    const [phone, laptop] = [await edge.client('imap'), await edge.client('imap')];
    for (const client of [phone, laptop]) {
      await client.expect('* OK *');
      await client.ask('a1 LOGIN alice secret', 'a1 OK *');
    }
    const sessions: readonly { id: string }[] = JSON.parse((await runCli(['sessions', '--json', '--data', edge.dataDir])).out);
    const [first = '', second = ''] = sessions.map(({ id }) => id);
    const shared = [...first].findIndex((letter, i) => letter !== second[i]);
    const ambiguous = await runCli(['sessions', '--kick', first.slice(0, shared), '--kick', 'nobody', '--data', edge.dataDir]);
    assert.equal(ambiguous.code, 3);
    assert.match(ambiguous.err, /is the beginning of 2 ids: give more of it\nmailweir: no process has a session NOBODY/);

    const kicked = await runCli(['sessions', '--kick', second.slice(0, shared + 1).toLowerCase(), '--data', edge.dataDir]);
    assert.match(
      kicked.out,
      new RegExp(`^${second} is told to go: imap of alice@example\\.org from 127\\.0\\.0\\.1, process ${process.pid}\n$`),
    );
    await laptop.expect('* BYE Session ended by the operator');
    await phone.ask('n1 NOOP', 'n1 OK *');
  });

  it('is passed on through the row of a live holder that does not answer', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    await world.slotStore.register(mute, 40_000);
    await hold(world, mute, sessionsKey('imap'), 1);
    const id = '01M8BHEDDHZZZZZZZZZZZZZZZZ';
    const { out, code } = await runCli(['sessions', '--kick', id, '--data', data]);
    assert.equal(code, 0);
    assert.match(out, /asked MUTE, which does not answer, through its row: with its next heartbeat/);
    assert.deepEqual((await world.slotStore.holder(mute))?.ask, [`kick ${id}`]);
    assert.equal((await runCli(['sessions', '--kick', id.slice(0, 12), '--data', data])).code, 3, 'a beginning could be anybody');
  });

  it('arrives with the heartbeat of the process that was asked through its row; what it does not know is logged', async (t) => {
    const edge = await startEdge(t, { slotTimings: { renewEvery: 100 } });
    const phone = await edge.client('imap');
    await phone.expect('* OK *');
    await phone.ask('a1 LOGIN alice secret', 'a1 OK *');
    const [session] = JSON.parse((await runCli(['sessions', '--json', '--data', edge.dataDir])).out);
    for (const request of ['dance', `kick ${session.id}`]) await edge.world.slotStore.ask(edge.process.slots.holder, request);
    await phone.expect('* BYE Session ended by the operator');
    await until('the request is known', async () => edge.events.includes('request-unknown'));
    assert.ok(edge.events.includes('session-kicked'));
  });
});

describe('mailweir slots clear', () => {
  it('brings back what the dead hold, asks the living for what they keep ready, and never takes what sessions use', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    const [dead, over, live] = ['DEAD', 'OVER', 'LIVE'] as HolderId[];
    assert.ok(dead && over && live);
    for (const holder of [dead, live, mute]) await world.slotStore.register(holder, 40_000);
    await world.slotStore.register(over, -1);
    await world.slotStore.declareDead(dead, true);
    for (const [holder, count] of [
      [dead, 3],
      [over, 2],
      [live, 5],
      [mute, 1],
    ] as const)
      await hold(world, holder, perAccount, count);
    const asked: string[] = [];
    const socket = await openProcessSocket(
      data,
      answersWith({
        process: () => [{ process: process.pid, holder: live, mayAct: true, sessions: {}, commands: {} }],
        slots: () => [{ key: perAccount, held: 4, process: process.pid }],
        spare: ({ key }) => [{ done: asked.push(key) > 0, process: process.pid }],
      }),
    );
    t.after(() => socket.close());

    const { out, code } = await runCli(['slots', 'clear', perAccount, '--data', data]);
    assert.equal(code, 0);
    assert.match(out, /\nDEAD +- +3 +0 +its process is dead: 3 came back\n/);
    assert.match(out, /\nOVER +- +2 +0 +its process is dead: 2 came back\n/);
    assert.match(out, /\nLIVE +\d+ +5 +5 +nothing came back; sessions use 4; 1 stay ready/);
    assert.match(out, /\nMUTE +- +1 +1 +its process does not answer; asked through its row/);
    assert.match(out, /\nwhat sessions use is not taken: mailweir sessions shows them, mailweir sessions --kick ID ends one\n$/);
    assert.deepEqual([asked, (await world.slotStore.holder(mute))?.ask], [[perAccount], [`spare ${perAccount}`]]);
    assert.equal((await world.slotStore.read(perAccount))?.n, 6);
    assert.equal((await runCli(['slots', 'clear', 'imap/sessions', '--data', data])).out, 'nobody holds slots of imap/sessions\n');
  });

  it('gets from a running process the slots that linger there', async (t) => {
    const edge = await startEdge(t, { slotTimings: { lingerLeast: 60_000, lingerMost: 90_000 } });
    const [phone, laptop] = [await edge.client('imap'), await edge.client('imap')];
    for (const client of [phone, laptop]) {
      await client.expect('* OK *');
      await client.ask('a1 LOGIN alice secret', 'a1 OK *');
    }
    await laptop.ask('a2 LOGOUT', '* BYE *');
    await until('its session is over', async () => edge.process.slots.held().get(perAccount) === 1);
    assert.equal((await edge.world.slotStore.read(perAccount))?.n, 2, 'it lingers');
    const [cleared] = JSON.parse((await runCli(['slots', 'clear', perAccount, '--json', '--data', edge.dataDir])).out);
    assert.deepEqual([cleared.had, cleared.has, cleared.inUse, cleared.ask], [2, 1, 1, 'asked']);
    await phone.ask('n1 NOOP', 'n1 OK *');
  });
});
