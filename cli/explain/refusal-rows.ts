import type { RefusalFacts } from '../../core/observe/process-facts.ts';
import { readableSpan, readableTime } from '../readable.ts';

/** Refusals of one reason, over all processes. */
export interface RefusalRow extends Pick<RefusalFacts, 'protocol' | 'scope' | 'refused' | 'observed'> {
  readonly count: number;
  /** ms since the epoch. */
  readonly last: number;
  /** As the last one was told. */
  readonly used: number | undefined;
  readonly limit: number | undefined;
}

/** Those that were really refused first, the most frequent first. */
export function refusalRows(facts: readonly RefusalFacts[]): readonly RefusalRow[] {
  const groups = Map.groupBy(facts, ({ protocol, scope, refused, observed }) => JSON.stringify([protocol, scope, refused, observed]));
  return [...groups.values()]
    .flatMap((group) => {
      const latest = group.reduce((one, other) => (other.last > one.last ? other : one));
      const { protocol, scope, refused, observed, used, limit, last } = latest;
      return [{ protocol, scope, refused, observed, count: countOfAll(group), last, used, limit }];
    })
    .toSorted((a, b) => Number(a.observed) - Number(b.observed) || b.count - a.count);
}

export const countOfAll = (rows: readonly { readonly count: number }[]): number => rows.reduce((sum, { count }) => sum + count, 0);

export const lastOf = (rows: readonly { readonly last: number }[]): number | undefined =>
  rows.length === 0 ? undefined : Math.max(...rows.map(({ last }) => last));

export const refusalHead = ['protocol', 'scope', 'told', 'times', 'last', 'then'] as const;

export const refusalCells = (
  { protocol, scope, refused, observed, count, last, used, limit }: RefusalRow,
  now: number,
): readonly string[] => [
  protocol,
  scope,
  observed ? `nothing, observed: ${refused}` : refused,
  String(count),
  `${readableSpan(now - last)} ago, ${readableTime(last)}`,
  used === undefined || limit === undefined ? '-' : `${used} of ${limit}`,
];

export const refusalJson = ({ last, used, limit, ...rest }: RefusalRow): object => ({
  ...rest,
  last: new Date(last).toISOString(),
  used: used ?? null,
  limit: limit ?? null,
});
