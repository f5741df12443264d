import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliverDueLocal, type LocalRun } from '../../core/delivery/deliver-due-local.ts';
import type { SpoolRow } from '../../core/delivery/spool.ts';

const row = (id: number): SpoolRow => ({ id: String(id), message: `m${id}` }) as unknown as SpoolRow;

/** Rows that are due, and what the run did with them. */
class Due {
  readonly waiting: SpoolRow[];
  readonly delivered: string[] = [];
  readonly given: string[] = [];
  readonly failures: string[] = [];
  readonly claims: number[] = [];
  most = 0;
  #running = 0;

  constructor(rows: number) {
    this.waiting = Array.from({ length: rows }, (_, i) => row(i));
  }

  run(changed: Partial<LocalRun> = {}): LocalRun {
    return {
      claimDue: async (most) => {
        this.claims.push(most);
        return this.waiting.splice(0, most);
      },
      deliver: async ({ id }) => {
        this.#running += 1;
        this.most = Math.max(this.most, this.#running);
        await new Promise((resolve) => setImmediate(resolve));
        this.#running -= 1;
        this.delivered.push(id);
        return 'finished';
      },
      giveBack: async ({ id }) => void this.given.push(id),
      mayBegin: () => true,
      log: { event: () => {}, failure: (name, error) => void this.failures.push(`${name} ${String(error)}`) },
      ...changed,
    };
  }
}

describe('a run over what is due for mailboxes here', () => {
  it('delivers all of it, so many at once and no more', async () => {
    const due = new Due(50);
    assert.deepEqual(await deliverDueLocal(due.run(), 8), { delivered: 50, isCutShort: false });
    assert.equal(due.most, 8);
    assert.equal(new Set(due.delivered).size, 50);
    assert.ok(
      due.claims.every((most) => most >= 4 && most <= 8),
      'room for some before each claim',
    );
  });

  it('ends at once when nothing is due', async () => {
    const due = new Due(0);
    assert.deepEqual(await deliverDueLocal(due.run(), 8), { delivered: 0, isCutShort: false });
    assert.deepEqual(due.claims, [8]);
  });

  it('begins nothing when its time is over, and gives back what a slow claim brought too late', async () => {
    const due = new Due(10);
    let isTime = true;
    const claimDue: LocalRun['claimDue'] = async (most) => {
      isTime = false;
      return due.waiting.splice(0, most);
    };
    assert.deepEqual(await deliverDueLocal(due.run({ claimDue, mayBegin: () => isTime }), 4), { delivered: 0, isCutShort: true });
    assert.deepEqual([due.given.length, due.delivered.length, due.waiting.length], [4, 0, 6]);
    assert.deepEqual(await deliverDueLocal(due.run({ mayBegin: () => false }), 4), { delivered: 0, isCutShort: true });
    assert.equal(due.waiting.length, 6);
  });

  it('goes on with the others when one can not be delivered', async () => {
    const due = new Due(20);
    const { deliver } = due.run();
    const run = due.run({ deliver: async (one) => (one.id === '3' ? Promise.reject(new Error('no table')) : await deliver(one)) });
    assert.deepEqual(await deliverDueLocal(run, 4), { delivered: 19, isCutShort: false });
    assert.deepEqual(due.failures, ['local-delivery-failed Error: no table']);
  });

  it('fails when nothing can be claimed, after what is under way', async () => {
    const due = new Due(20);
    let claims = 0;
    const { claimDue } = due.run();
    const run = due.run({ claimDue: async (most) => (++claims > 1 ? Promise.reject(new Error('throttled')) : await claimDue(most)) });
    await assert.rejects(deliverDueLocal(run, 4), /throttled/);
    assert.equal(due.delivered.length, 4);
  });

  it('does not count a row that another holder has by now', async () => {
    const due = new Due(3);
    assert.equal((await deliverDueLocal(due.run({ deliver: async () => 'claim-lost' }), 4)).delivered, 0);
  });
});
