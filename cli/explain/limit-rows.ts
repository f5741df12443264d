import type { ProcessName } from '../../core/observe/process-facts.ts';
import { nothing } from '../../core/slots/applied-limit.ts';
import type { MetLimit } from '../../core/slots/met-limits.ts';
import type { Network } from '../../core/values/network.ts';
import type { World } from '../../core/world.ts';
import { sourceText } from '../limit-text.ts';
import type { InForce } from '../rulings.ts';
import { type Holding, holderLookup, holdingsOf, inUseOf } from '../slot-holders.ts';
import type { Snapshot } from './snapshot.ts';

/** A limit as some processes have it in force. */
export interface Variant {
  readonly limit: number;
  readonly observe: boolean;
  /** What made the number. */
  readonly from: string;
  /** None while no process runs. */
  readonly processes: readonly ProcessName[];
}

/** One limit that somebody meets: how much of it is used, and what it is where. */
export interface LimitRow extends Pick<MetLimit, 'protocol' | 'scope' | 'key'> {
  /** By name of its setting. */
  readonly name: string;
  /** By sessions and commands of processes that answer; undefined where none does. */
  readonly inUse: number | undefined;
  /** In the store, with what is kept ready and what dead processes left; undefined for what no slots count. */
  readonly taken: number | undefined;
  /** One, or several where processes were started with different settings; the strictest first. */
  readonly variants: readonly [Variant, ...Variant[]];
  readonly holders: readonly Holding[];
}

type Counting = Pick<World, 'slotStore' | 'loginFailures'>;

/** @param limitsOf the limits that somebody meets under the settings of some processes */
export async function limitRows(
  limitsOf: (inForce: InForce) => readonly MetLimit[],
  snapshot: Snapshot,
  world: Counting,
): Promise<readonly LimitRow[]> {
  const all = snapshot.rulings.flatMap((inForce) => limitsOf(inForce).map((limit) => ({ limit, inForce })));
  const rowOf = holderLookup(world.slotStore);
  return await Promise.all(
    [...Map.groupBy(all, ({ limit }) => limit.key).values()].map(async ([first, ...others]): Promise<LimitRow> => {
      if (first === undefined) throw new Error('a group has no member');
      const { key, protocol, scope, setting } = first.limit;
      const variants = [first, ...others].map(({ limit, inForce }) => variantOf(limit, inForce, snapshot));
      return {
        key,
        protocol,
        scope,
        name: setting.name,
        variants: merged(variants),
        ...(await counts(first.limit, snapshot, world, rowOf)),
      };
    }),
  );
}

async function counts(
  { key, protocol, scope, setting }: MetLimit,
  { held, now }: Snapshot,
  { slotStore, loginFailures }: Counting,
  rowOf: ReturnType<typeof holderLookup>,
): Promise<Pick<LimitRow, 'inUse' | 'taken' | 'holders'>> {
  if (scope === 'login') {
    const failures = await loginFailures.count(key.slice(setting.name.length + 1) as Network, now);
    return { inUse: failures, taken: undefined, holders: [] };
  }
  if (scope === 'process' || scope === 'commands') {
    const counted = held.processes.map((one) => (scope === 'process' ? one.sessions : one.commands)[protocol] ?? 0);
    return { inUse: counted.length === 0 ? undefined : Math.max(...counted), taken: undefined, holders: [] };
  }
  const item = await slotStore.read(key);
  const holders = item === undefined ? [] : await holdingsOf(key, item, held, rowOf, slotStore.leaseTime());
  return { inUse: inUseOf(held, key), taken: item?.n ?? 0, holders };
}

const variantOf = (limit: MetLimit, inForce: InForce, { resolution }: Snapshot): Variant => ({
  limit: limit.limit,
  observe: limit.observe,
  from: sourceText(limit, inForce, resolution.profile),
  processes: inForce.processes,
});

/** Equal ones become one; the strictest comes first. */
function merged(variants: readonly Variant[]): readonly [Variant, ...Variant[]] {
  const groups = Map.groupBy(variants, ({ limit, observe, from }) => JSON.stringify([limit, observe, from]));
  const [first, ...others] = [...groups.values()]
    .flatMap((group) => group.slice(0, 1).map((one) => ({ ...one, processes: group.flatMap(({ processes }) => processes) })))
    .toSorted((a, b) => strictness(a) - strictness(b));
  if (first === undefined) throw new Error('a limit without a value');
  return [first, ...others];
}

const strictness = ({ limit, observe }: Variant): number =>
  limit === 0 || observe ? Number.POSITIVE_INFINITY : limit === nothing ? 0 : limit;

/** What counts against the limit: slots that are kept ready or were left by the dead refuse others too. */
export const usedOf = ({ inUse = 0, taken = 0 }: LimitRow): number => Math.max(inUse, taken);

/** @returns whether the next one finds no room under its strictest limit; for one that is observed, whether it would not */
export const isFull = (row: LimitRow): boolean => {
  const [{ limit }] = row.variants;
  return limit !== 0 && usedOf(row) >= limit;
};

/** The same while each of so many processes counts by itself: one that has room admits. Of a total each has its share. */
export function isFullEverywhere({ variants: [{ limit }], inUse = 0, scope }: LimitRow, processes: number): boolean {
  const isShared = scope === 'total' || scope === 'reserved';
  return limit !== 0 && inUse >= limit * (isShared ? 1 : processes);
}

/** @returns 0 to 1 and more; 0 when it is unlimited */
export function fullness(row: LimitRow): number {
  const [{ limit }] = row.variants;
  return limit <= 0 ? 0 : usedOf(row) / limit;
}
