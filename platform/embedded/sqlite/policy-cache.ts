import { formatPolicy, parsePolicy } from '../../../core/delivery/mta-sts/policy.ts';
import type { PolicyCache } from '../../../core/delivery/mta-sts/policy-cache.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { PolicyRow } from './operations/policies.ts';
import type { Reads } from './reads.ts';
import type { Writer } from './writer.ts';

export function sqlitePolicyCache({
  reads,
  writer,
  clock,
}: {
  readonly reads: Reads;
  readonly writer: Writer;
  readonly clock: Clock;
}): PolicyCache {
  return {
    async get(domain) {
      const row = await reads.one((sql) => sql.get<PolicyRow>('SELECT * FROM mta_sts WHERE domain = ?', domain.toLowerCase()));
      const policy = row === undefined ? undefined : parsePolicy(row.policy);
      return row === undefined || policy === undefined ? undefined : { id: row.id, policy, fetchedAt: row.fetched_at };
    },

    async keep(domain, { id, policy, fetchedAt }) {
      const row: PolicyRow = {
        domain: domain.toLowerCase(),
        id,
        policy: formatPolicy(policy),
        fetched_at: fetchedAt,
        expires_at: fetchedAt + policy.maxAge * 1000,
      };
      await writer.run('keepPolicy', { row, now: clock.now() });
    },
  };
}
