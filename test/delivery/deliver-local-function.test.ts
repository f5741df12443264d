import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { noDeliveryCounts } from '../../core/observe/delivery-counts.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { deliverLocalRows, type LocalWorld } from '../../functions/deliver-local.ts';
import { SmtpEdge } from '../smtp/smtp-edge.ts';

const record = (body: object, messageId = 'r') => ({ messageId, body: JSON.stringify(body) });
const wakeUp = (id?: string) => record({ nextHop: { kind: 'local' } }, id);

interface Scene {
  readonly edge: SmtpEdge;
  readonly world: LocalWorld;
  readonly failures: string[];
  send(to: string): Promise<void>;
  /** @param minutes that the invocation has */
  invoke(records?: readonly { readonly messageId: string; readonly body: string }[], minutes?: number): ReturnType<typeof deliverLocalRows>;
}

async function scene(t: TestContext, changed: (world: LocalWorld) => Partial<LocalWorld> = () => ({})): Promise<Scene> {
  const edge = await SmtpEdge.open(t);
  const failures: string[] = [];
  const plain: LocalWorld = {
    ...edge.world,
    settings: fixedSettings(),
    log: { event: () => {}, failure: (name, error) => void failures.push(`${name} ${String(error)}`) },
    random: () => 0,
    dispatcher: { wake: () => {}, settled: async () => {} },
    counts: noDeliveryCounts,
  };
  const world = { ...plain, ...changed(plain) };
  const send = async (to: string): Promise<void> => {
    const client = await edge.greeted();
    await client.ask('MAIL FROM:<x@example.net>\r\n', /^250 /m);
    await client.ask(`RCPT TO:<${to}@example.org>\r\n`, /^250 /m);
    await client.ask('DATA\r\n', /^354 /m);
    await client.ask('Subject: hi\r\n\r\nx\r\n.\r\n', /^250 /m);
  };
  const invoke: Scene['invoke'] = (Records = [wakeUp()], minutes = 5) =>
    deliverLocalRows({ Records }, world, world.clock.monotonic() + minutes * 60_000);
  return { edge, world, failures, send, invoke };
}

describe('local delivery as a function', () => {
  it('takes one wake-up for a hint that something is due, and delivers all of it', async (t) => {
    const { edge, send, invoke } = await scene(t);
    for (let i = 0; i < 40; i += 1) await send(i % 2 === 0 ? 'alice' : 'bob');
    assert.deepEqual(await invoke(), { batchItemFailures: [] });
    assert.deepEqual([(await edge.inbox('alice')).length, (await edge.inbox('bob')).length], [20, 20]);
    assert.deepEqual(await edge.spooled(), []);
  });

  it('delivers each message once, however many are woken at once', async (t) => {
    const { edge, send, invoke } = await scene(t);
    for (let i = 0; i < 30; i += 1) await send('alice');
    await Promise.all([invoke([wakeUp('1'), wakeUp('2')]), invoke(), invoke([wakeUp('3')])]);
    assert.equal((await edge.inbox('alice')).length, 30);
    assert.deepEqual(await edge.spooled(), []);
  });

  it('begins nothing when its time is nearly over, and leaves no claim behind', async (t) => {
    const { edge, send, invoke } = await scene(t);
    await send('alice');
    assert.deepEqual(await invoke([wakeUp()], 0.1), { batchItemFailures: [] });
    const [left] = await edge.spooled();
    assert.deepEqual([left?.row.attempts, left?.row.claimedBy], [0, undefined]);
    await invoke();
    assert.equal((await edge.inbox('alice')).length, 1);
  });

  it('sends back to the queue only the record that is none of ours', async (t) => {
    const { edge, send, invoke, failures } = await scene(t);
    await send('alice');
    const records = [record({}, 'bad'), wakeUp('good'), record({ nextHop: { kind: 'domain', domain: 'example.net' } }, 'wrong queue')];
    const { batchItemFailures } = await invoke(records);
    assert.deepEqual(
      batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
      ['bad', 'wrong queue'],
    );
    assert.equal(failures.length, 2);
    assert.equal((await edge.inbox('alice')).length, 1);
  });

  it('sends all records back when nothing can be claimed', async (t) => {
    const { invoke } = await scene(t, ({ spool }) => ({
      spool: { ...spool, giveBack: spool.giveBack, claimDue: () => Promise.reject(new Error('throttled')) },
    }));
    const { batchItemFailures } = await invoke([wakeUp('1'), wakeUp('2')]);
    assert.equal(batchItemFailures.length, 2);
  });

  it('goes by the claim: a row that another invocation has taken over lands once', async (t) => {
    const { edge, world, send, invoke } = await scene(t);
    await send('alice');
    const { spool, clock } = world;
    await spool.claimDue({ kind: 'local' }, clock.now(), { by: 'cut off' as HolderId, until: clock.now() - 1 }, 1);
    await invoke();
    assert.equal((await edge.inbox('alice')).length, 1);
  });
});
