import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import { steps } from './deeds.ts';
import { type Fault, spoilViews } from './fault.ts';
import { faults } from './faults.ts';
import { dynamoProcesses, embeddedProcesses, type Processes } from './places.ts';
import { clients, playIn } from './scene.ts';

/** `MODEL_RUNS` plays so many, however long it takes; `MODEL_SEED` plays those that it was told with. */
const { MODEL_RUNS: wanted, MODEL_SEED: replayed } = process.env;
const runs = Number(wanted ?? 30);
/** Of all runs of a world, the search for a short one that fails too: enough for some on any machine. */
const atMost = wanted === undefined && replayed === undefined ? { interruptAfterTimeLimit: 10_000 } : {};
const mostSteps = 40;

for (const [name, open] of [
  ['SQLite', embeddedProcesses],
  ['DynamoDB', dynamoProcesses],
] as const) {
  describe(`four clients of two processes on ${name}`, () => {
    let processes: Processes;
    before(async () => {
      processes = await open(2);
    });
    after(() => processes.close());

    it('count, keep and are told the same as a reference does, whatever they do', async (t) => {
      const seed = replayed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(replayed);
      t.diagnostic(`MODEL_SEED=${seed} plays these runs again`);
      const property = fc.asyncProperty(steps(clients.length, mostSteps), (run) => playIn(processes, run));
      await fc.assert(property, { seed, numRuns: runs, ...atMost });
      assert.deepEqual(processes.edges.flatMap(({ failures }) => failures), []); // biome-ignore format: one thought
    });
  });
}

describe('what four clients are told and believe shows when', () => {
  let fault: Fault = { what: 'nothing is wrong' };
  let processes: Processes;
  before(async () => {
    processes = await embeddedProcesses(1, spoiled);
  });
  after(() => processes.close());

  /** The store as the fault of the moment has it. */
  function spoiled(real: MailboxStore): MailboxStore {
    let wrong: readonly [Fault, Partial<MailboxStore>] | undefined;
    return new Proxy(real, {
      get(target, name: keyof MailboxStore) {
        if (wrong?.[0] !== fault) wrong = [fault, fault.store?.(real) ?? {}];
        return wrong[1][name] ?? target[name];
      },
    });
  }

  for (const one of faults) {
    it(one.what, async () => {
      fault = one;
      const putRight = spoilViews(one);
      try {
        const property = fc.asyncProperty(steps(clients.length, mostSteps), (run) => playIn(processes, run, one.mishear));
        const { failed } = await fc.check(property, { seed: 20, numRuns: 200, endOnFailure: true });
        assert.ok(failed, 'and it did not');
      } finally {
        putRight();
      }
    });
  }
});
