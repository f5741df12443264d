import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MailboxId } from '../../core/values/ids.ts';
import { WatchedMailboxes } from '../../platform/aws/talk/mailbox-changes.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';
import { KeptLog, MemoryStage } from './memory-stage.ts';

const address = '10.0.1.7:8026';
const seconds = (n: number): number => n * 1_000;
const minutes = (n: number): number => seconds(60 * n);

function watching(stage: MemoryStage) {
  const clock = new VirtualClock();
  const log = new KeptLog();
  /** What is heard is told in a turn of its own. */
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    for (let turn = 0; turn < 3; turn++) await nextTurn();
  };
  const changes = new WatchedMailboxes({ watchers: stage, address, clock, log, random: () => 0.5 });
  return { clock, pass, log, changes };
}

/** A session that counts what it hears. */
function session(changes: WatchedMailboxes, mailbox: MailboxId) {
  const told = { times: 0 };
  const leave = changes.watch(mailbox, () => told.times++);
  return { told, leave };
}

describe('mailboxes that sessions of a process watch', () => {
  it('have the process in their rows once, however many sessions', async () => {
    const stage = new MemoryStage();
    const { pass, changes } = watching(stage);
    const inbox = stage.mailbox('inbox');
    const sessions = [session(changes, inbox), session(changes, inbox), session(changes, inbox)];
    await pass(seconds(1));
    assert.deepEqual([...(stage.mailboxes.get(inbox)?.watchers.keys() ?? [])], [address]);
    assert.equal(stage.asked.register, 1);
    assert.deepEqual(
      sessions.map(({ told }) => told.times),
      [1, 1, 1],
      'each looks once more when the process is registered',
    );
    changes.hinted([inbox]);
    await pass(0);
    assert.deepEqual(
      sessions.map(({ told }) => told.times),
      [2, 2, 2],
    );
    changes.close();
  });

  it('cost a look a minute and a registration in ten while nothing happens, and nobody hears of it', async () => {
    const stage = new MemoryStage();
    const { pass, changes } = watching(stage);
    const { told } = session(changes, stage.mailbox('inbox'));
    await pass(minutes(600));
    assert.equal(told.times, 1);
    assert.deepEqual([stage.asked.modseqOf, stage.asked.register], [540, 61]);
    changes.close();
  });

  it('stay registered while they are watched', async () => {
    const stage = new MemoryStage();
    const { clock, pass, changes } = watching(stage);
    const inbox = stage.mailbox('inbox');
    session(changes, inbox);
    for (let i = 0; i < 60; i++) {
      await pass(minutes(1));
      const until = stage.mailboxes.get(inbox)?.watchers.get(address) ?? 0;
      assert.ok(until > clock.now(), `over after ${i} minutes`);
    }
    changes.close();
  });

  it('heal a hint that was lost within the look that follows', async () => {
    const stage = new MemoryStage();
    const { pass, changes } = watching(stage);
    const inbox = stage.mailbox('inbox');
    const { told } = session(changes, inbox);
    await pass(seconds(1));
    stage.change(inbox); // and nobody tells
    await pass(seconds(60));
    assert.equal(told.times, 2);
    await pass(minutes(5));
    assert.equal(told.times, 2, 'once');
    changes.close();
  });

  it('are looked at every 15 seconds when too many others watch, and registered when there is a place again', async () => {
    const stage = new MemoryStage();
    stage.most = 0;
    const { pass, changes } = watching(stage);
    const inbox = stage.mailbox('inbox');
    const { told } = session(changes, inbox);
    await pass(seconds(1));
    stage.change(inbox);
    await pass(seconds(15));
    assert.equal(told.times, 2);
    await pass(minutes(10));
    assert.ok(stage.asked.register <= 11, `${stage.asked.register} tries: each is a write`);
    stage.most = 1;
    await pass(minutes(2));
    assert.equal(stage.mailboxes.get(inbox)?.watchers.size, 1);
    changes.close();
  });

  it('are looked at every 15 seconds while the table does not answer, and one line a minute tells of it', async () => {
    const stage = new MemoryStage();
    stage.isDown = true;
    const { pass, log, changes } = watching(stage);
    const sessions = ['a', 'b', 'c'].map((name) => session(changes, stage.mailbox(name)));
    await pass(minutes(5));
    assert.ok(log.named('mailbox-watch-failed').length <= 6);
    assert.deepEqual(
      sessions.map(({ told }) => told.times),
      [0, 0, 0],
    );
    stage.isDown = false;
    await pass(seconds(20));
    assert.deepEqual(
      sessions.map(({ told }) => told.times),
      [1, 1, 1],
    );
    changes.close();
  });

  it('that are gone are told of once, and asked for no more', async () => {
    const stage = new MemoryStage();
    const { pass, changes } = watching(stage);
    const inbox = stage.mailbox('inbox');
    const { told } = session(changes, inbox);
    await pass(seconds(1));
    stage.mailboxes.delete(inbox);
    await pass(minutes(2));
    assert.equal(told.times, 2);
    const looks = stage.asked.modseqOf;
    await pass(minutes(30));
    assert.equal(stage.asked.modseqOf, looks);
    changes.close();
  });

  it('that nobody watches any more stay registered for those who come back, until the first change', async () => {
    const stage = new MemoryStage();
    const { pass, changes } = watching(stage);
    const inbox = stage.mailbox('inbox');
    const first = session(changes, inbox);
    await pass(seconds(1));
    first.leave();
    await pass(minutes(3));
    const second = session(changes, inbox);
    await pass(seconds(1));
    changes.hinted([inbox]);
    await pass(0);
    assert.deepEqual([first.told.times, second.told.times, stage.asked.register], [1, 1, 1]);
    second.leave();
    changes.hinted([inbox]);
    await pass(seconds(1));
    assert.equal(stage.mailboxes.get(inbox)?.watchers.size, 0);
    const third = session(changes, inbox);
    await pass(seconds(1));
    assert.equal(stage.mailboxes.get(inbox)?.watchers.size, 1);
    third.leave();
    changes.close();
  });

  it('are no longer looked at when nobody watches', async () => {
    const stage = new MemoryStage();
    const { pass, changes } = watching(stage);
    const { leave } = session(changes, stage.mailbox('inbox'));
    await pass(seconds(1));
    leave();
    await pass(minutes(60));
    assert.equal(stage.asked.modseqOf, 0);
    changes.close();
  });

  it('only to be heard of cost a registration in twenty minutes, which heals what no hint told of', async () => {
    const stage = new MemoryStage();
    const { clock, pass, changes } = watching(stage);
    const work = stage.mailbox('work');
    let told = 0;
    changes.watch(work, () => told++, 'later');
    for (let i = 0; i < 200; i++) {
      await pass(minutes(3));
      assert.ok((stage.mailboxes.get(work)?.watchers.get(address) ?? 0) > clock.now(), `over after ${3 * i} minutes`);
    }
    assert.deepEqual([told, stage.asked.modseqOf, stage.asked.register], [1, 0, 31]);
    stage.change(work); // and nobody tells
    await pass(minutes(21));
    assert.equal(told, 2);
    changes.close();
  });

  it('only to be heard of are looked at as often as any once somebody opens them', async () => {
    const stage = new MemoryStage();
    const { pass, changes } = watching(stage);
    const work = stage.mailbox('work');
    let told = 0;
    changes.watch(work, () => told++, 'later');
    await pass(seconds(1));
    const { leave } = session(changes, work);
    await pass(seconds(1));
    assert.equal(stage.asked.register, 1, 'the process stands there already');
    await pass(minutes(1));
    const before = told;
    stage.change(work);
    await pass(minutes(1));
    assert.equal(told, before + 1);
    leave();
    changes.hinted([work]);
    await pass(0);
    assert.equal(told, before + 2, 'who watched before is told still');
    changes.close();
  });
});
