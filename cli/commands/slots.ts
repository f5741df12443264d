import { settingNamed } from '../../core/settings/catalogue.ts';
import { type Resolution, valueIn } from '../../core/settings/resolve-values.ts';
import type { Setting } from '../../core/settings/setting.ts';
import type { HolderRow, SlotItem, SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { type Call, type Command, dataOption, jsonOption } from '../command.ts';
import { countOf } from '../count-of.ts';
import { print, printJson } from '../output.ts';
import { readableSpan } from '../readable.ts';
import { askRunning, type Running, valuesInForce } from '../running-settings.ts';
import { resolveStored } from '../settings-place.ts';
import { table } from '../table.ts';
import { dataDirOf, withWorld } from '../with-world.ts';

export const slotsCommand: Command = {
  words: ['slots'],
  args: [{ name: 'PREFIX', optional: true }],
  options: { ...dataOption, ...jsonOption, limit: { value: 'N', doc: 'Keys to show at most. Default: 200' } },
  summary: 'Show the slots in use: used of limit per key, and which processes hold them.',
  details: `PREFIX is the beginning of a key: mailweir slots imap/sessions-per-account
In use is what sessions hold. Taken may be a few more: a process keeps some ready for the next ones.
The limit is the one in force in the running processes.`,
  run: showSlots,
};

interface Holding {
  readonly holder: HolderId;
  readonly slots: number;
  readonly state: 'live' | 'lease over' | 'dead';
  /** ms until others may declare it dead. */
  readonly leaseLeft: number | undefined;
}

interface KeyInUse {
  readonly key: SlotKey;
  /** By sessions of running processes; undefined when none runs. */
  readonly inUse: number | undefined;
  /** By all holders, dead ones included, until somebody needs them. */
  readonly used: number;
  /** None for locks and keys that no setting limits; several, the strictest first, when processes were started with different ones. */
  readonly limits: readonly number[];
  readonly holders: readonly Holding[];
}

async function showSlots(call: Call): Promise<void> {
  const most = countOf(call, 'limit', 200);
  const [prefix = ''] = call.args;
  await withWorld(call, 'fail', async ({ slotStore, settings }) => {
    const resolution = resolveStored((await settings.read()).values);
    const running = await askRunning(dataDirOf(call));
    const inUse = running.size === 0 ? undefined : await askInUse(dataDirOf(call));
    const holders = holderLookup(slotStore);
    const items = await slotStore.list(prefix, most);
    const now = slotStore.leaseTime();
    const keys = await Promise.all(
      items.map(async ({ key, item }) => ({
        ...(await keyInUse(key, item, limitsOf(key, item, resolution, running), holders, now)),
        inUse: inUse && (inUse.get(key) ?? 0),
      })),
    );
    if (call.has('json')) return printJson(keys.map(keyJson));
    const rows = keys.map((one) => [
      one.key,
      String(one.inUse ?? '-'),
      String(one.used),
      limitText(one.limits),
      one.holders.map(holdingText).join(', '),
    ]);
    print(table(['key', 'in use', 'taken', 'limit', 'holders'], rows, 'no slots in use'));
    if (items.length === most) print(`the first ${most} keys; --limit shows more, a PREFIX fewer`);
  });
}

/** @returns sessions per key over all running processes */
async function askInUse(dataDir: string): Promise<ReadonlyMap<string, number>> {
  const { askProcesses } = await import('../../platform/embedded/process-socket.ts');
  const facts = await askProcesses(dataDir, 'slots');
  const sums = new Map<string, number>();
  for (const { key, held } of facts) sums.set(key, (sums.get(key) ?? 0) + held);
  return sums;
}

/** Asks for each holder once: a busy process stands under many keys. */
function holderLookup(store: SlotStore): (id: HolderId) => Promise<HolderRow | undefined> {
  const known = new Map<HolderId, Promise<HolderRow | undefined>>();
  return (id) => {
    const row = known.get(id) ?? store.holder(id);
    known.set(id, row);
    return row;
  };
}

async function keyInUse(
  key: SlotKey,
  item: SlotItem,
  limits: readonly number[],
  rowOf: (id: HolderId) => Promise<HolderRow | undefined>,
  now: number,
): Promise<Omit<KeyInUse, 'inUse'>> {
  const owning = [...item.entries].filter(([, { count }]) => count > 0);
  const holders = await Promise.all(
    owning.map(async ([holder, { count }]) => ({ holder, slots: count, ...stateOf(await rowOf(holder), now) })),
  );
  return { key, used: item.n, limits, holders };
}

function stateOf(row: HolderRow | undefined, now: number): Pick<Holding, 'state' | 'leaseLeft'> {
  if (row === undefined || row.state === 'dead') return { state: 'dead', leaseLeft: undefined };
  return { state: row.leaseUntil < now ? 'lease over' : 'live', leaseLeft: Math.max(0, row.leaseUntil - now) };
}

/**
 * A key begins with the name of the setting that limits it: `imap/sessions-per-account/alice@example.org`. What running processes have in
 * force counts; when they don't agree about a total they still go by one limit, which stands beside its count.
 */
function limitsOf(key: SlotKey, { limit }: SlotItem, { values }: Resolution, running: Running): readonly number[] {
  const setting = settingNamed(key.split('/').slice(0, 2).join('/'));
  if (setting?.type !== 'limit') return [];
  const inForce = valuesInForce(setting as Setting<number>, running);
  if (inForce.length === 1) return inForce;
  if (limit !== undefined) return [limit];
  if (inForce.length === 0) return [valueIn(values, setting as Setting<number>)];
  return inForce.toSorted((a, b) => (a || Number.POSITIVE_INFINITY) - (b || Number.POSITIVE_INFINITY));
}

const limitText = (limits: readonly number[]): string =>
  limits.length === 0 ? '-' : limits.map((limit) => (limit === 0 ? 'unlimited' : String(limit))).join(' or ');

const holdingText = ({ holder, slots, state, leaseLeft = 0 }: Holding): string =>
  `${holder} ${slots} (${state}${state === 'live' ? `, lease ${readableSpan(leaseLeft)}` : ''})`;

const keyJson = ({ key, inUse, used, limits, holders }: KeyInUse): object => ({
  key,
  inUse: inUse ?? null,
  used,
  limit: limits[0] ?? null,
  holders: holders.map(({ holder, slots, state, leaseLeft }) => ({
    holder,
    slots,
    state,
    leaseSecondsLeft: leaseLeft === undefined ? null : Math.round(leaseLeft / 1000),
  })),
});
