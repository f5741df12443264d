import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type FailingPeer, forgottenAfter, mostPeers } from '../../core/delivery/failure-cache.ts';
import { openFailureCache } from '../../platform/embedded/sqlite/failure-cache.ts';

const start = 1_700_000_000_000;
const minute = 60_000;
const hop = (name: string): FailingPeer => ({ kind: 'hop', domain: `${name}.example` });

async function fileOf(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-failures-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return join(dir, 'failures.db');
}

describe('the failure cache in a file', () => {
  it('stays bounded at a flood: what ends first goes first, holds never', async (t) => {
    const cache = await openFailureCache(await fileOf(t));
    t.after(() => cache.close());
    await cache.hold(hop('held'), 'held.example', 'for a reason', start, start + 1);
    const flood = mostPeers + 500;
    for (let i = 0; i < flood; i += 1) await cache.failed({ peer: hop(`d${i}`), name: 'd', reason: 'no', until: start + i }, start);
    const { failures } = await cache.list(2 * flood);
    assert.ok(failures.length <= mostPeers + 101, String(failures.length));
    const names = new Set(failures.map(({ peer }) => (peer.kind === 'hop' ? peer.domain : '')));
    assert.ok(names.has('held.example') && names.has(`d${flood - 1}.example`) && !names.has('d0.example'));
  });

  it('lets go of what ended long ago, in time', async (t) => {
    const cache = await openFailureCache(await fileOf(t));
    t.after(() => cache.close());
    await cache.failed({ peer: hop('old'), name: 'old', reason: 'no', until: start + minute }, start);
    await cache.hold(hop('held'), 'held', 'for good', start);
    const later = start + forgottenAfter + 2 * minute;
    for (let i = 0; i < 100; i += 1) await cache.failed({ peer: hop('new'), name: 'new', reason: 'no', until: later + minute }, later);
    assert.deepEqual(
      (await cache.list(9)).failures.map(({ name }) => name),
      ['held', 'new'],
    );
  });

  it('is there again after the process, for its owner alone', async (t) => {
    const file = await fileOf(t);
    const before = await openFailureCache(file);
    await before.hold(hop('held'), 'held', 'for good', start);
    before.close();
    const after = await openFailureCache(file);
    t.after(() => after.close());
    assert.equal((await after.read([hop('held')])).length, 1);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });
});
