import type { Ask } from '../../core/observe/asking.ts';
import { Repair } from '../../core/slots/repair.ts';
import type { SlotItem, SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import { spareRequest } from '../../core/slots/spare-requests.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { type Call, type Command, dataOption, jsonOption } from '../command.ts';
import { print, printJson } from '../output.ts';
import { processText } from '../process-text.ts';
import { askHeld, type HeldSlots, type Holding, holderLookup, holdingsOf } from '../slot-holders.ts';
import { table } from '../table.ts';
import { withWorld } from '../with-world.ts';

export const slotsClearCommand: Command = {
  words: ['slots', 'clear'],
  args: [{ name: 'KEY' }],
  options: { ...dataOption, ...jsonOption },
  summary: 'Bring back the slots of a key that dead processes hold, and those that others only keep ready.',
  details: `KEY as mailweir slots shows it: mailweir slots clear imap/sessions-per-account/alice@example.org
What sessions of a running process use is never taken; mailweir sessions --kick ID ends a session, and its slots come back.
Nothing is lost without it: slots of dead processes come back by themselves as soon as somebody needs them.`,
  run: clear,
};

type HowAsked = 'asked' | 'asked through its row' | 'cannot be asked';

/** What became of a holder's slots. */
interface Cleared {
  readonly before: Holding;
  /** Slots it has now. */
  readonly left: number;
  /** How a live one was asked for what it keeps ready. */
  readonly ask: HowAsked | undefined;
}

async function clear(call: Call): Promise<void> {
  const key = (call.args[0] ?? '') as SlotKey;
  await withWorld(call, 'fail', async ({ slotStore, clock, ask, delivery }) => {
    const held = await askHeld({ ask, delivery });
    const item = await slotStore.read(key);
    const before = item === undefined ? [] : await holdingsOf(key, item, held, holderLookup(slotStore), slotStore.leaseTime());
    if (item !== undefined) await removeDead(slotStore, key, item);
    const asked = await Promise.all(before.map((holding) => askForSpare(ask, slotStore, key, holding)));
    const after = await settled(slotStore, clock, key, held);
    const cleared = before.map((holding, i): Cleared => {
      return { before: holding, left: after?.entries.get(holding.holder)?.count ?? 0, ask: asked[i] };
    });
    if (call.has('json')) return printJson(cleared.map(clearedJson));
    print(table(['holder', 'process', 'had', 'has', 'what became of them'], cleared.map(cells), `nobody holds slots of ${key}`));
    if (cleared.some(({ left, before: { inUse = 0 } }) => left > 0 && inUse > 0))
      print('what sessions use is not taken: mailweir sessions shows them, mailweir sessions --kick ID ends one');
  });
}

/** Those whose lease is over are declared dead first (see Repair). */
async function removeDead(store: SlotStore, key: SlotKey, item: SlotItem): Promise<void> {
  const nobody = '' as HolderId;
  await new Repair(store, { event: () => {}, failure: () => {} }).run(key, item, nobody);
}

async function askForSpare(ask: Ask, store: SlotStore, key: SlotKey, { holder, state, process }: Holding): Promise<HowAsked | undefined> {
  if (state !== 'live') return undefined;
  if (process !== undefined && (await ask({ ask: 'spare', key }, { only: process })).some(({ done }) => done)) return 'asked';
  return (await store.ask(holder, spareRequest(key))) ? 'asked through its row' : 'cannot be asked';
}

const patience = 500; // ms
const lookAgain = 50; // ms

/** Waits until those that answer have no more than their sessions use: they write it right after they were asked. */
async function settled(store: SlotStore, clock: Clock, key: SlotKey, { processes, slots }: HeldSlots): Promise<SlotItem | undefined> {
  const uses = new Map(slots.filter((one) => one.key === key).map(({ process, held }) => [process, held]));
  const deadline = clock.monotonic() + patience;
  for (;;) {
    const item = await store.read(key);
    const isDone = processes.every(
      ({ holder, process }) => (item?.entries.get(holder as HolderId)?.count ?? 0) <= (uses.get(process) ?? 0),
    );
    if (isDone || clock.monotonic() >= deadline) return item;
    await clock.sleep(lookAgain);
  }
}

const cells = (one: Cleared): readonly string[] => [
  one.before.holder,
  one.before.process === undefined ? '-' : processText(one.before.process),
  String(one.before.slots),
  String(one.left),
  outcome(one),
];

function outcome({ before: { state, slots, inUse }, left, ask }: Cleared): string {
  const back = slots - left;
  if (state !== 'live') return left === 0 ? `its process is dead: ${back} came back` : 'it is being removed by somebody else';
  if (ask === 'asked through its row')
    return 'its process does not answer; asked through its row, it gives back what it keeps ready with its next heartbeat';
  if (ask === 'cannot be asked') return 'it ends just now, or has too many requests waiting';
  const ready = left - (inUse ?? left);
  const came = back === 0 ? 'nothing came back' : `${back} kept ready came back`;
  const used = inUse === undefined ? '' : `; sessions use ${inUse}`;
  return `${came}${used}${ready > 0 ? `; ${ready} stay ready, and go back by themselves when the key fills up` : ''}`;
}

const clearedJson = (one: Cleared): object => ({
  holder: one.before.holder,
  process: one.before.process ?? null,
  state: one.before.state,
  had: one.before.slots,
  has: one.left,
  inUse: one.before.inUse ?? null,
  ask: one.ask ?? null,
});
