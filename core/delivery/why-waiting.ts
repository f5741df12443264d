import type { IpAddress } from '../values/network.ts';
import type { LearntCap, PeerFailure } from './failure-cache.ts';
import type { SpoolRow } from './spool.ts';

/** What may keep a row from moving, as it stands now. Times are ms since the epoch. */
export interface WaitingFacts {
  readonly row: SpoolRow;
  readonly now: number;
  /** Processes that deliver; functions do it where no process has to. */
  readonly processes: number | 'functions';
  readonly failures: readonly PeerFailure[];
  readonly caps: readonly LearntCap[];
  /** Outbound sessions over all processes; `limit` 0 = unlimited. */
  readonly sessions: { readonly used: number; readonly limit: number };
}

/** One reason, most telling first. */
export type Waiting =
  | { readonly kind: 'held'; readonly reason: string | undefined }
  | { readonly kind: 'being-delivered'; readonly until: number }
  | { readonly kind: 'nobody-delivers' }
  | { readonly kind: 'deferred'; readonly until: number; readonly reason: string | undefined; readonly attempts: number }
  | { readonly kind: 'due' }
  | { readonly kind: 'peer-failed'; readonly failure: PeerFailure }
  | { readonly kind: 'peer-capped'; readonly cap: LearntCap }
  | { readonly kind: 'sessions-full'; readonly used: number; readonly limit: number };

/** @returns why a row is not moving: how it stands itself, then what would meet it if it were tried now */
export function whyWaiting(facts: WaitingFacts): readonly [Waiting, ...Waiting[]] {
  const { row, now, processes } = facts;
  if (row.held) return [{ kind: 'held', reason: row.lastError }];
  const idle: readonly Waiting[] = processes === 0 ? [{ kind: 'nobody-delivers' }] : [];
  if (row.claimedUntil !== undefined && row.claimedUntil > now) return [{ kind: 'being-delivered', until: row.claimedUntil }, ...idle];
  const own: Waiting =
    row.nextAttemptAt <= now
      ? { kind: 'due' }
      : { kind: 'deferred', until: row.nextAttemptAt, reason: row.lastError, attempts: row.attempts };
  return [own, ...idle, ...(row.nextHop.kind === 'local' ? [] : outside(facts))];
}

function outside({ row, now, failures, caps, sessions }: WaitingFacts): readonly Waiting[] {
  const ips = new Set(row.history.attempts.flatMap(({ ip }) => ip ?? []));
  const met = (ip: IpAddress): boolean => ips.has(ip);
  const isMet = ({ peer }: PeerFailure): boolean => (peer.kind === 'host' ? met(peer.ip) : isHopOf(row, peer.domain));
  return [
    ...failures.filter((one) => (one.held || one.until > now) && isMet(one)).map((failure): Waiting => ({ kind: 'peer-failed', failure })),
    ...caps.filter(({ ip, until }) => until > now && met(ip)).map((cap): Waiting => ({ kind: 'peer-capped', cap })),
    ...(sessions.limit > 0 && sessions.used >= sessions.limit ? [{ kind: 'sessions-full', ...sessions } as const] : []),
  ];
}

const isHopOf = ({ nextHop }: SpoolRow, domain: string): boolean => nextHop.kind === 'domain' && nextHop.domain === domain;
