import type { Write } from '../write.ts';

export interface PolicyRow {
  readonly domain: string;
  readonly id: string;
  readonly policy: string;
  readonly fetched_at: number;
  readonly expires_at: number;
}

const mostKept = 10_000;

export function keepPolicy({ sql }: Write, { row, now }: { readonly row: PolicyRow; readonly now: number }): void {
  sql.run('DELETE FROM mta_sts WHERE expires_at <= ?', now);
  sql.run(
    `INSERT INTO mta_sts (domain, id, policy, fetched_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (domain) DO UPDATE SET id = ?2, policy = ?3, fetched_at = ?4, expires_at = ?5`,
    row.domain,
    row.id,
    row.policy,
    row.fetched_at,
    row.expires_at,
  );
  const count = sql.get<{ n: number }>('SELECT count(*) AS n FROM mta_sts')?.n ?? 0;
  if (count <= mostKept) return;
  sql.run(
    'DELETE FROM mta_sts WHERE domain IN (SELECT domain FROM mta_sts WHERE domain != ? ORDER BY expires_at LIMIT ?)',
    row.domain,
    count - mostKept,
  );
}
