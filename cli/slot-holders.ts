import type { ProcessFacts, ProcessName, SlotFacts } from '../core/observe/process-facts.ts';
import type { HolderRow, SlotItem, SlotStore } from '../core/slots/slot-store.ts';
import type { HolderId } from '../core/values/ids.ts';
import type { CommandWorld } from './command-world.ts';
import { processText } from './process-text.ts';
import { readableSpan } from './readable.ts';

/** Who has slots of a key, as the store says. */
export interface Holding {
  readonly holder: HolderId;
  readonly slots: number;
  readonly state: 'live' | 'lease over' | 'dead';
  /** ms until others may declare it dead. */
  readonly leaseLeft: number | undefined;
  /** Undefined when it does not answer. */
  readonly process: ProcessName | undefined;
  /** By its sessions; undefined when it does not answer. */
  readonly inUse: number | undefined;
}

/** What running processes say of the slots they hold. */
export interface HeldSlots {
  readonly processes: readonly ProcessFacts[];
  readonly slots: readonly SlotFacts[];
  /** Nobody can be asked who holds slots of this key: functions do. */
  isUnseen(key: string): boolean;
}

const ofFunctions = /^(outbound|collect)\//;

export async function askHeld({ ask, delivery }: Pick<CommandWorld, 'ask' | 'delivery'>): Promise<HeldSlots> {
  const [processes, slots] = await Promise.all([ask({ ask: 'process' }), ask({ ask: 'slots' })]);
  return { processes, slots, isUnseen: (key) => delivery === 'functions' && ofFunctions.test(key) };
}

/** @returns sessions that hold a key, over all processes that answer; undefined when none does, or those that hold it can't be asked */
export function inUseOf({ processes, slots, isUnseen }: HeldSlots, key: string): number | undefined {
  if (processes.length === 0 || isUnseen(key)) return undefined;
  return slots.filter((one) => one.key === key).reduce((sum, { held }) => sum + held, 0);
}

export type RowOf = (id: HolderId) => Promise<HolderRow | undefined>;

/** Asks for each holder once: a busy process stands under many keys. */
export function holderLookup(store: Pick<SlotStore, 'holder'>): RowOf {
  const known = new Map<HolderId, Promise<HolderRow | undefined>>();
  return (id) => {
    const row = known.get(id) ?? store.holder(id);
    known.set(id, row);
    return row;
  };
}

/** @param now by the store's clock */
export async function holdingsOf(key: string, item: SlotItem, held: HeldSlots, rowOf: RowOf, now: number): Promise<readonly Holding[]> {
  const owning = [...item.entries].filter(([, { count }]) => count > 0);
  return await Promise.all(
    owning.map(async ([holder, { count }]) => ({
      holder,
      slots: count,
      ...stateOf(await rowOf(holder), now),
      ...saidBy(holder, key, held),
    })),
  );
}

function saidBy(holder: HolderId, key: string, { processes, slots }: HeldSlots): Pick<Holding, 'process' | 'inUse'> {
  const process = processes.find((one) => one.holder === holder)?.process;
  if (process === undefined) return { process, inUse: undefined };
  return { process, inUse: slots.find((one) => one.process === process && one.key === key)?.held ?? 0 };
}

function stateOf(row: HolderRow | undefined, now: number): Pick<Holding, 'state' | 'leaseLeft'> {
  if (row === undefined || row.state === 'dead') return { state: 'dead', leaseLeft: undefined };
  return { state: row.leaseUntil < now ? 'lease over' : 'live', leaseLeft: Math.max(0, row.leaseUntil - now) };
}

export const holdingText = ({ holder, slots, state, leaseLeft = 0, process }: Holding): string =>
  `${holder} ${slots} (${process === undefined ? '' : `process ${processText(process)}, `}${state}${state === 'live' ? `, lease ${readableSpan(leaseLeft)}` : ''})`;

export const holdingJson = ({ holder, slots, state, leaseLeft, process, inUse }: Holding): object => ({
  holder,
  process: process ?? null,
  slots,
  inUse: inUse ?? null,
  state,
  leaseSecondsLeft: leaseLeft === undefined ? null : Math.round(leaseLeft / 1000),
});
