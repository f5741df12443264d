import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { KnownProcesses } from '../../platform/aws/talk/known-processes.ts';
import type { ListedProcess } from '../../platform/aws/talk/process-directory.ts';
import { StandingClock } from '../delivery/route-deps.ts';

const first: ListedProcess = { name: 'first', address: '10.0.1.7:8026', key: randomBytes(32) };
const second: ListedProcess = { name: 'second', address: '10.0.1.8:8026', key: randomBytes(32) };

function known() {
  const list = { processes: [first], isDown: false, reads: 0 };
  const clock = new StandingClock();
  const all = async (): Promise<readonly ListedProcess[]> => {
    list.reads += 1;
    if (list.isDown) throw new Error('the table does not answer');
    return list.processes;
  };
  return { list, clock, known: new KnownProcesses({ all }, clock) };
}

describe('processes as another one knows them', () => {
  it('are read once for all that is said within a minute, also at one moment', async () => {
    const { list, clock, known: processes } = known();
    await Promise.all(Array.from({ length: 50 }, () => processes.at(first.address)));
    clock.ms += 59_000;
    assert.equal(await processes.at(first.address), first);
    assert.equal(list.reads, 1);
  });

  it('that are new are found at once, and those that are nowhere are looked for every two seconds', async () => {
    const { list, clock, known: processes } = known();
    await processes.at(first.address);
    clock.ms += 3_000;
    list.processes = [first, second];
    assert.equal(await processes.at(second.address), second);
    for (let i = 0; i < 100; i++) assert.equal(await processes.at('10.0.1.9:8026'), undefined);
    assert.equal(list.reads, 2);
    clock.ms += 3_000;
    await processes.at('10.0.1.9:8026');
    assert.equal(list.reads, 3);
  });

  it('that did not let us talk to them are read anew', async () => {
    const { list, clock, known: processes } = known();
    await processes.at(first.address);
    const replaced = { ...first, key: randomBytes(32) };
    list.processes = [replaced];
    processes.doubt(first.address);
    clock.ms += 3_000;
    assert.equal(await processes.at(first.address), replaced);
  });

  it('are not asked for again and again while the table does not answer', async () => {
    const { list, clock, known: processes } = known();
    list.isDown = true;
    for (let i = 0; i < 100; i++) await assert.rejects(processes.at(first.address), /does not answer/);
    assert.equal(list.reads, 1);
    clock.ms += 2_000;
    list.isDown = false;
    assert.equal(await processes.at(first.address), first);
  });
});
