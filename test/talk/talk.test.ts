import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import { openTelling } from '../../platform/aws/talk/change-telling.ts';
import { openTalk, type Talk } from '../../platform/aws/talk/talk.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { answersWith } from '../net/answers.ts';
import { KeptLog, MemoryStage, until } from './memory-stage.ts';

const timeout = 30_000; // ms: a wait that never ends fails
const alice = 'alice@example.org' as AccountId;

describe('processes of a stage', { timeout }, () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function process(stage: MemoryStage, name: string, log = new KeptLog()): Promise<Talk> {
    const talk = await openTalk({
      name,
      listen: { host: '127.0.0.1', port: 0 },
      processes: stage,
      watchers: stage,
      clock: systemClock,
      log,
      random: Math.random,
    });
    open.push(talk);
    return talk;
  }

  it('tell each other of changes to mailboxes that they watch, at once', async () => {
    const stage = new MemoryStage();
    const [writing, idling] = [await process(stage, 'writing'), await process(stage, 'idling')];
    const inbox = stage.mailbox('inbox');
    let heard = 0;
    idling.changes.watch(inbox, () => heard++);
    await until(() => heard === 1); // as soon as it is registered: what came before would be missed
    writing.teller.tell(inbox, stage.change(inbox));
    await until(() => heard > 1);
    assert.equal(stage.asked.modseqOf, 0);
  });

  it('hear of their own changes without the network, whoever is registered', async () => {
    const stage = new MemoryStage();
    const talk = await process(stage, 'one');
    const inbox = stage.mailbox('inbox');
    stage.isDown = true;
    let heard = 0;
    talk.changes.watch(inbox, () => heard++);
    talk.teller.tell(inbox, []);
    assert.equal(heard, 0, 'never within the call of whoever changed it');
    await until(() => heard === 1);
  });

  it('are told of a burst once or a few times, not of each change', async () => {
    const stage = new MemoryStage();
    const [writing, idling] = [await process(stage, 'writing'), await process(stage, 'idling')];
    const inbox = stage.mailbox('inbox');
    let heard = 0;
    idling.changes.watch(inbox, () => heard++);
    await until(() => heard === 1);
    for (let i = 0; i < 500; i++) writing.teller.tell(inbox, [idling.address]);
    await until(() => heard > 1);
    assert.ok(heard < 250, `told ${heard} times`);
  });

  it('hear of a delivery by a function that serves nobody', async () => {
    const stage = new MemoryStage();
    const idling = await process(stage, 'idling');
    const inbox = stage.mailbox('inbox');
    let heard = 0;
    idling.changes.watch(inbox, () => heard++);
    await until(() => heard === 1);
    const telling = openTelling({ processes: stage, clock: systemClock, log: new KeptLog() });
    telling.tell(inbox, stage.change(inbox));
    await telling.sent(5_000);
    await until(() => heard > 1);
  });

  it('are answered by all, by one, or by all but one', async () => {
    const stage = new MemoryStage();
    const [first, second, third] = [await process(stage, 'task1'), await process(stage, 'task2'), await process(stage, 'task3')];
    for (const [name, talk] of [
      ['task1', first],
      ['task2', second],
      ['task3', third],
    ] as const)
      talk.answer(answersWith({ slots: () => [{ key: 'imap/sessions', held: 7, process: name }] }));
    const names = (facts: readonly { readonly process: number | string }[]) => facts.map(({ process }) => process).toSorted();
    assert.deepEqual(names(await first.ask({ ask: 'slots' })), ['task1', 'task2', 'task3']);
    assert.deepEqual(names(await first.ask({ ask: 'slots' }, { only: 'task3' })), ['task3']);
    assert.deepEqual(names(await first.ask({ ask: 'slots' }, { except: 'task1' })), ['task2', 'task3']);
  });

  it('answer with nothing until they serve', async () => {
    const stage = new MemoryStage();
    const [first] = [await process(stage, 'task1'), await process(stage, 'task2')];
    assert.deepEqual(await first.ask({ ask: 'sessions' }), []);
  });

  it('answer with more sessions than a frame takes', async () => {
    const stage = new MemoryStage();
    const [asking, busy] = [await process(stage, 'asking'), await process(stage, 'busy')];
    const session = { protocol: 'imap', address: '192.0.2.7', since: 1, doing: `IDLE ${'ж'.repeat(90)}`, process: 'busy' };
    busy.answer(answersWith({ sessions: () => Array.from({ length: 20_000 }, (_, i) => ({ id: `S${i}`, ...session })) }));
    const sessions = await asking.ask({ ask: 'sessions' }, { within: 20_000 });
    assert.equal(new Set(sessions.map(({ id }) => id)).size, 20_000);
  });

  it('go on talking after a question that failed', async () => {
    const stage = new MemoryStage();
    const log = new KeptLog();
    const [asking, faulty] = [await process(stage, 'asking'), await process(stage, 'faulty', log)];
    const fails = (): never => {
      throw new Error('a fault of ours');
    };
    faulty.answer(answersWith({ sessions: fails, slots: () => [{ key: 'imap/sessions', held: 1, process: 'faulty' }] }));
    assert.deepEqual(await asking.ask({ ask: 'sessions' }), []);
    assert.equal((await asking.ask({ ask: 'slots' })).length, 1);
    assert.match(String(log.named('talk-failed')[0]?.error), /a fault of ours/);
  });

  it('find a session of another that makes room, and have it ended', async () => {
    const stage = new MemoryStage();
    const [full, other] = [await process(stage, 'full'), await process(stage, 'other')];
    const ended: SessionId[] = [];
    const resting = { id: '01RESTING' as SessionId, idling: true, restedFor: 5_000, process: 'other' };
    full.answer(answersWith({ resting: () => [{ ...resting, process: 'full' }] }));
    other.answer(
      answersWith({
        resting: ({ account }) => (account === alice ? [resting] : []),
        replace: ({ session }) => [{ done: ended.push(session) === 1, process: 'other' }],
      }),
    );
    assert.deepEqual(await full.fellows.resting(alice), [resting]);
    assert.equal(await full.fellows.replace(resting), true);
    assert.equal(await full.fellows.replace(resting), false);
    assert.deepEqual(ended, [resting.id, resting.id]);
  });

  it('do not hold up a login when the table does not answer', async () => {
    const stage = new MemoryStage();
    const log = new KeptLog();
    const talk = await process(stage, 'one', log);
    stage.isDown = true;
    assert.deepEqual(await talk.fellows.resting(alice), []);
    assert.equal(log.named('fellow-processes-failed').length, 1);
  });

  it('leave out one that is gone, and find it again under another address', async () => {
    const stage = new MemoryStage();
    const [asking, ending] = [await process(stage, 'asking'), await process(stage, 'other')];
    const slots = () => [{ key: 'imap/sessions', held: 1, process: 'other' }];
    ending.answer(answersWith({ slots }));
    assert.equal((await asking.ask({ ask: 'slots' })).length, 1);
    const before = stage.listed.get('other');
    await ending.close();
    assert.equal(stage.listed.has('other'), false);
    if (before !== undefined) stage.listed.set('other', before); // as after a process that was killed
    assert.deepEqual(await asking.ask({ ask: 'slots' }), []);
    (await process(stage, 'other')).answer(answersWith({ slots }));
    await until(() => stage.listed.get('other')?.address !== before?.address);
    let found: readonly object[] = [];
    while (found.length === 0) found = await asking.ask({ ask: 'slots' });
    assert.deepEqual(found, slots());
  });
});
