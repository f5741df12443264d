import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Listing } from '../../platform/aws/talk/listing.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';
import { KeptLog, MemoryStage } from './memory-stage.ts';

const minute = 60_000; // ms
const address = '10.0.1.7:8026';

function listing(stage: MemoryStage) {
  const clock = new VirtualClock();
  const log = new KeptLog();
  const entered: string[] = [];
  const processes = {
    ...stage,
    enter: async (process: Parameters<MemoryStage['enter']>[0]) => {
      entered.push(process.key.toString('hex'));
      await stage.enter(process);
    },
  };
  return { clock, log, entered, listing: new Listing({ processes, name: 'task', address, clock, log }) };
}

describe('a process in the list of its stage', () => {
  it('enters at once and each minute, and leaves at its end', async () => {
    const stage = new MemoryStage();
    const { clock, entered, listing: own } = listing(stage);
    await own.begin();
    assert.equal(stage.listed.get('task')?.address, address);
    await clock.advance(10 * minute);
    assert.equal(entered.length, 11);
    await own.end();
    assert.equal(stage.listed.size, 0);
  });

  it('serves also while the table does not answer, and enters when it does again', async () => {
    const stage = new MemoryStage();
    stage.isDown = true;
    const { clock, log, listing: own } = listing(stage);
    await own.begin();
    assert.equal(log.named('process-not-listed').length, 1);
    stage.isDown = false;
    await clock.advance(5_000);
    assert.equal(stage.listed.size, 1);
    stage.isDown = true;
    await own.end(); // what is listed is over by itself
    assert.equal(log.named('process-not-listed').length, 2);
  });

  it('has a new key each day, and accepts the one before for ten minutes', async () => {
    const stage = new MemoryStage();
    const { clock, entered, listing: own } = listing(stage);
    await own.begin();
    const [first] = own.keys();
    await clock.advance(24 * 60 * minute - 1);
    assert.deepEqual(own.keys(), [first]);
    await clock.advance(minute);
    const [second, before] = own.keys();
    assert.deepEqual(before, first);
    assert.notDeepEqual(second, first);
    assert.deepEqual(stage.listed.get('task')?.key, second);
    assert.equal(new Set(entered).size, 2);
    await clock.advance(10 * minute);
    assert.deepEqual(own.keys(), [second]);
    await own.end();
  });
});
