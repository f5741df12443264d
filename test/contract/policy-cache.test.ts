import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { KeptPolicy, PolicyCache } from '../../core/delivery/mta-sts/policy-cache.ts';
import { endpoint, noEndpoint } from '../aws/slot-tables.ts';
import { makeFailureTable } from '../aws/spool-table.ts';
import { worlds } from './worlds.ts';

interface PolicyPlace {
  open(): Promise<{ readonly policyCache: PolicyCache }>;
}

const caches: readonly { readonly name: string; readonly skip: string | false; place(t: TestContext): Promise<PolicyPlace> }[] = [
  ...worlds,
  {
    name: 'dynamodb',
    skip: noEndpoint,
    place: async (t) => {
      const { policyCache, remove } = await makeFailureTable(endpoint ?? '');
      t.after(remove);
      return { open: async () => ({ policyCache }) };
    },
  },
];

const now = Date.now();
const kept = (
  id: string,
  fetchedAt: number,
  maxAge = 604_800,
  mx: readonly string[] = ['mx.example.net', '*.example.net'],
): KeptPolicy => ({
  id,
  policy: { mode: 'enforce', mx, maxAge },
  fetchedAt,
});

for (const { name, skip, place } of caches) {
  describe(`policies of other domains on ${name}`, { skip }, () => {
    it('are seen by every process, whatever case their domain is written in, and the newest counts', async (t) => {
      const here = await place(t);
      const [one, other] = [(await here.open()).policyCache, (await here.open()).policyCache];
      await one.keep('example.net', kept('1', now));
      await other.keep('Example.Net', { ...kept('2', now + 1), policy: { mode: 'none', mx: [], maxAge: 86_400 } });
      assert.deepEqual(await one.get('EXAMPLE.net'), { id: '2', policy: { mode: 'none', mx: [], maxAge: 86_400 }, fetchedAt: now + 1 });
      assert.equal(await one.get('example.org'), undefined);
    });

    it('are each for one domain, and not for those below it', async (t) => {
      const { policyCache } = await (await place(t)).open();
      await policyCache.keep('example.net', kept('1', now));
      await policyCache.keep('mail.example.net', kept('2', now));
      assert.deepEqual(await policyCache.get('example.net'), kept('1', now));
      assert.deepEqual(await policyCache.get('mail.example.net'), kept('2', now));
    });

    it('may be as long as any that is taken', async (t) => {
      const { policyCache } = await (await place(t)).open();
      const long = kept(
        'x'.repeat(32),
        now,
        31_557_600,
        Array.from({ length: 100 }, (_, i) => `mx${i}.${'label.'.repeat(30)}example`),
      );
      await policyCache.keep('example.net', long);
      assert.deepEqual(await policyCache.get('example.net'), long);
    });
  });
}
