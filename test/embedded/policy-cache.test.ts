import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { KeptPolicy } from '../../core/delivery/mta-sts/policy-cache.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';

const kept = (id: string, fetchedAt: number, maxAge = 604_800): KeptPolicy => ({
  id,
  policy: { mode: 'enforce', mx: ['mx.example.net', '*.example.net'], maxAge },
  fetchedAt,
});

describe('policies of other domains', () => {
  it('outlive a restart, and the newest counts', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-policies-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const now = Date.now();
    const before = await openEmbeddedWorld({ dataDir });
    await before.policyCache.keep('example.net', kept('1', now));
    await before.policyCache.keep('Example.Net', kept('2', now + 1));
    await before.close();
    const after = await openEmbeddedWorld({ dataDir });
    t.after(() => after.close());
    assert.deepEqual(await after.policyCache.get('EXAMPLE.net'), kept('2', now + 1));
    assert.equal(await after.policyCache.get('example.org'), undefined);
  });

  it('go when their time is over and another comes', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-policies-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const world = await openEmbeddedWorld({ dataDir });
    t.after(() => world.close());
    await world.policyCache.keep('old.example', kept('1', Date.now() - 3_600_000, 60));
    await world.policyCache.keep('new.example', kept('1', Date.now()));
    assert.equal(await world.policyCache.get('old.example'), undefined);
    assert.equal((await world.policyCache.get('new.example'))?.id, '1');
  });
});
