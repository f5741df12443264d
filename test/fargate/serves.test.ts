import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningProcess, startProcess } from '../../listeners/main.ts';
import { isFit } from '../../listeners/service.ts';
import { stopSlotStore } from '../acceptance/slot-outage.ts';
import { shortLease } from '../serve/short-lease.ts';

interface Process {
  readonly running: RunningProcess;
  readonly dataDir: string;
  readonly metrics: readonly Record<string, unknown>[];
}

async function start(t: TestContext, set: Readonly<Record<string, string>> = {}): Promise<Process> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-serves-'));
  const metrics: Record<string, unknown>[] = [];
  const running = await startProcess({
    dataDir,
    ports: 'random',
    log: { event: () => {}, failure: () => {} },
    metrics: (line) => metrics.push(JSON.parse(line) as Record<string, unknown>),
    overrides: new Map(Object.entries(set)),
    slotTimings: { ...shortLease, retryEvery: 100 },
  });
  t.after(async () => {
    await running.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { running, dataDir, metrics };
}

describe('a process under a balancer', { timeout: 60_000 }, () => {
  it('serves while the slot store is away, whatever that means for sessions: another process could do no better', async (t) => {
    const { running, dataDir } = await start(t, { 'slots/when-store-is-down': 'closed' });
    assert.equal(running.serves(), true);
    const store = stopSlotStore(dataDir);
    t.after(() => store.goOn());
    while (running.slots.mayAct() || running.slots.downSince === undefined) await sleep(20);
    assert.equal(running.serves(), true);
  });

  it('serves no more from the moment that its drain begins', async (t) => {
    const { running } = await start(t);
    const drained = running.drain();
    assert.equal(running.serves(), false);
    await drained;
    assert.equal(running.serves(), false);
  });

  it('is worse than another while it alone may not act', () => {
    const fit = (mayAct: boolean, downSince: number | undefined): boolean => isFit({ mayAct: () => mayAct, downSince });
    assert.deepEqual([fit(true, undefined), fit(true, 7), fit(false, 7), fit(false, undefined)], [true, true, true, false]);
  });

  it('tells in how many days its certificate is over', async (t) => {
    const { running, metrics } = await start(t);
    await running.stop();
    const days = metrics.flatMap(({ CertificateExpires }) => (typeof CertificateExpires === 'number' ? [CertificateExpires] : []));
    assert.equal(days.length, 1);
    assert.ok((days[0] ?? 0) > 3600 && (days[0] ?? 0) < 3660, `${days[0]} days of about ten years`);
  });
});
