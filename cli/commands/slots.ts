import { type LearntCap, mostPeers } from '../../core/delivery/failure-cache.ts';
import { limitOfKey } from '../../core/slots/met-limits.ts';
import type { SlotItem, SlotKey } from '../../core/slots/slot-store.ts';
import { type Call, type Command, dataOption, jsonOption } from '../command.ts';
import { countOf } from '../count-of.ts';
import { limitText } from '../limit-text.ts';
import { print, printJson } from '../output.ts';
import { type InForce, rulingsOf } from '../rulings.ts';
import { askRunning } from '../running-settings.ts';
import { resolveStored } from '../settings-place.ts';
import { askHeld, type Holding, holderLookup, holdingJson, holdingsOf, holdingText, inUseOf } from '../slot-holders.ts';
import { sayStoreDown } from '../store-state.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const slotsCommand: Command = {
  words: ['slots'],
  args: [{ name: 'PREFIX', optional: true }],
  options: { ...dataOption, ...jsonOption, limit: { value: 'N', doc: 'Keys to show at most. Default: 200' } },
  summary: 'Show the slots in use: used of limit per key, and which processes hold them.',
  details: `PREFIX is the beginning of a key: mailweir slots imap/sessions-per-account
In use is what sessions hold. Taken may be a few more: a process keeps some ready for the next ones.
The limit is the one in force in the running processes, for whom the key counts: with overrides and shares.
mailweir slots clear KEY brings back what dead processes hold, and what others keep ready.`,
  run: showSlots,
};

interface KeyInUse {
  readonly key: SlotKey;
  /** By sessions of running processes; undefined when none runs. */
  readonly inUse: number | undefined;
  /** By all holders, dead ones included, until somebody needs them. */
  readonly used: number;
  /** None for locks and keys that no setting limits; several, the strictest first, when processes were started with different ones. */
  readonly limits: readonly number[];
  /** Nobody is refused by it. */
  readonly observed: boolean;
  readonly holders: readonly Holding[];
}

async function showSlots(call: Call): Promise<void> {
  const most = countOf(call, 'limit', 200);
  const [prefix = ''] = call.args;
  await withWorld(call, 'fail', async ({ slotStore, settings, failures, clock, ask, delivery }) => {
    const rulings = rulingsOf(resolveStored((await settings.read()).values, settings.place), await askRunning(ask), clock.now());
    const held = await askHeld({ ask, delivery });
    sayStoreDown(held.processes, rulings, clock.now());
    const items = await slotStore.list(prefix, most);
    const caps = items.some(({ key }) => key.startsWith('outbound/')) ? (await failures.list(mostPeers)).caps : [];
    const [rowOf, now] = [holderLookup(slotStore), slotStore.leaseTime()];
    const keys = await Promise.all(
      items.map(async ({ key, item }): Promise<KeyInUse> => {
        const holders = await holdingsOf(key, item, held, rowOf, now);
        const observed = rulings.some((ruling) => limitOfKey(ruling, key, caps)?.observe === true);
        return { key, inUse: inUseOf(held, key), used: item.n, limits: limitsOf(key, item, rulings, caps), observed, holders };
      }),
    );
    if (call.has('json')) return printJson(keys.map(keyJson));
    print(table(['key', 'in use', 'taken', 'limit', 'holders'], keys.map(cells), 'no slots in use'));
    if (items.length === most) print(`the first ${most} keys; --limit shows more, a PREFIX fewer`);
  });
}

/** When processes don't agree about a total they still go by one limit, which stands beside its count; so it does when none runs. */
function limitsOf(key: SlotKey, { limit }: SlotItem, rulings: readonly InForce[], caps: readonly LearntCap[]): readonly number[] {
  const limits = [...new Set(rulings.flatMap((ruling) => limitOfKey(ruling, key, caps)?.limit ?? []))];
  if ((limits.length > 1 || rulings.every(({ processes }) => processes.length === 0)) && limit !== undefined) return [limit];
  return limits.toSorted((a, b) => (a || Number.POSITIVE_INFINITY) - (b || Number.POSITIVE_INFINITY));
}

const cells = ({ key, inUse, used, limits, observed, holders }: KeyInUse): readonly string[] => [
  key,
  String(inUse ?? '-'),
  String(used),
  limits.length === 0 ? '-' : `${limits.map(limitText).join(' or ')}${observed ? ', observed' : ''}`,
  holders.map(holdingText).join(', '),
];

const keyJson = ({ key, inUse, used, limits, observed, holders }: KeyInUse): object => ({
  key,
  inUse: inUse ?? null,
  used,
  limit: limits[0] ?? null,
  observed,
  holders: holders.map(holdingJson),
});
