import { type CollectSources, mostSources, type Remembered } from '../../../core/collect/collect-sources.ts';
import type { Uidl } from '../../../core/collect/maildrop-client.ts';
import { isFailure } from '../../../core/collect/next-run.ts';
import type { RunReport, Source, SourceId, SourceName, TlsMode } from '../../../core/collect/source.ts';
import type { HolderId, SpoolId } from '../../../core/values/ids.ts';
import type { Connection } from './connection.ts';
import { type MemoryColumns, type SourceColumns, sourceSelect } from './operations/collect.ts';
import { collect, type Reads } from './reads.ts';
import type { Writer } from './writer.ts';

export interface EmbeddedCollectSources extends CollectSources {
  /** Frees the sources that a holder had claimed. Only for one that is proven dead (HolderLocks). @returns sources */
  endClaims(by: HolderId): Promise<number>;
}

interface Deps {
  readonly reads: Reads;
  readonly writer: Writer;
}

export function sqliteCollectSources(deps: Deps): EmbeddedCollectSources {
  return { ...operating(deps), ...claiming(deps), ...remembering(deps) };
}

type Operating = 'add' | 'remove' | 'list' | 'find' | 'runNow' | 'hold' | 'release';

function operating({ reads, writer }: Deps): Pick<CollectSources, Operating> {
  return {
    async add(facts, now) {
      const keep = facts.keep === 'forever' ? null : facts.keep;
      const added = await writer.run('addSource', { ...facts, keep, now, most: mostSources });
      return typeof added === 'string' ? added : sourceOf(added);
    },
    remove: (name) => writer.run('removeSource', { name }),
    list: () => reads.snapshot((sql) => collect(sql.iterate<SourceColumns>(`${sourceSelect} ORDER BY name`), sourceOf)),
    async find(name) {
      const row = await reads.one((sql) => sql.get<SourceColumns>(`${sourceSelect} WHERE name = ?`, name));
      return row === undefined ? undefined : sourceOf(row);
    },
    runNow: (name, now) => writer.run('runSourceNow', { name, now }),
    hold: (name) => writer.run('holdSource', { name }),
    release: (name, now) => writer.run('releaseSource', { name, now }),
  };
}

type Claiming = 'due' | 'claimDue' | 'renewClaim' | 'letGo' | 'settle' | 'endClaims';

function claiming({ reads, writer }: Deps): Pick<EmbeddedCollectSources, Claiming> {
  return {
    due: (now) => reads.now((sql) => dueSources(sql, now)),
    async claimDue(now, claim, without) {
      const row = await writer.run('claimDueSource', { now, claim, without: JSON.stringify(without) });
      return row === undefined ? undefined : sourceOf(row);
    },
    renewClaim: (id, claim) => writer.run('renewSourceClaim', { id: numberOf(id), claim }),
    letGo: (id, by) => writer.run('letSourceGo', { id: numberOf(id), by }),
    settle(id, by, { report, ...rest }) {
      const successAt = isFailure(report.result) || report.result === 'stopped' ? null : report.endedAt;
      const settled = { ...rest, collected: report.collected, lastRun: JSON.stringify(report), successAt };
      return writer.run('settleSource', { id: numberOf(id), by, ...settled });
    },
    endClaims: (by) => writer.run('endSourceClaims', { by }),
  };
}

function dueSources(sql: Connection, now: number): { readonly due: number; readonly soonest?: number } {
  const due = sql.get<{ n: number }>('SELECT count(*) AS n FROM collect_sources WHERE enabled = 1 AND ready_at <= ?', now)?.n ?? 0;
  const text = 'SELECT min(ready_at) AS at FROM collect_sources WHERE enabled = 1 AND ready_at > ?';
  const soonest = sql.get<{ at: number | null }>(text, now)?.at ?? undefined;
  return soonest === undefined ? { due } : { due, soonest };
}

function remembering({ reads, writer }: Deps): Pick<CollectSources, 'remembered' | 'remember'> {
  return {
    remembered: async (id) =>
      new Map(
        await reads.snapshot((sql) =>
          collect(
            sql.iterate<MemoryColumns>('SELECT uidl, message, collected_at, octets FROM collect_memory WHERE source = ?', numberOf(id)),
            (row) => [row.uidl as Uidl, rememberedOf(row)] as const,
          ),
        ),
      ),
    remember: (id, by, { set, forget = [] }) =>
      writer.run('rememberOfSource', {
        id: numberOf(id),
        by,
        set: [...(set ?? [])].map(([uidl, what]) => memoryColumns(uidl, what)),
        forget,
      }),
  };
}

const memoryColumns = (uidl: Uidl, what: Remembered): MemoryColumns => ({
  uidl,
  message: what.state === 'begun' ? what.message : null,
  collected_at: what.state === 'collected' ? what.at : null,
  octets: what.state === 'too-large' ? what.octets : null,
});

function rememberedOf({ message, collected_at, octets }: MemoryColumns): Remembered {
  if (collected_at !== null) return { state: 'collected', at: collected_at };
  return octets === null ? { state: 'begun', message: message as SpoolId } : { state: 'too-large', octets };
}

const numberOf = (id: SourceId): number => Number(id);

const sourceOf = (row: SourceColumns): Source => ({
  id: String(row.id) as SourceId,
  name: row.name as SourceName,
  host: row.host,
  port: row.port,
  tls: row.tls as TlsMode,
  user: row.user,
  secret: row.secret,
  keep: row.keep ?? 'forever',
  account: row.account,
  enabled: row.enabled === 1,
  nextRunAt: row.next_run_at,
  failures: row.failures,
  loginDelay: row.login_delay,
  collected: row.collected,
  ...(row.last_run === null ? {} : { lastRun: JSON.parse(row.last_run) as RunReport }),
  ...(row.last_success_at === null ? {} : { lastSuccessAt: row.last_success_at }),
  ...(row.claimed_by === null ? {} : { claimedBy: row.claimed_by }),
  ...(row.claimed_until === null ? {} : { claimedUntil: row.claimed_until }),
});
