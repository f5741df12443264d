import assert from 'node:assert/strict';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Hold, Want } from '../../core/slots/slots.ts';
import { memorySlotStore } from './memory-slot-store.ts';
import { isHold, type ProcessOptions, SlotProcess } from './slot-process.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A store in memory, a clock that tests move, and processes that share both. */
export function world() {
  const clock = new VirtualClock();
  const store = memorySlotStore(() => clock.monotonic());
  let started = 0;
  const start = (options: Partial<ProcessOptions> = {}): Promise<SlotProcess> => {
    started += 1;
    return SlotProcess.start({ store, clock, name: `process-${started}`, ...options });
  };
  const entry = (process: SlotProcess, want: Want) => store.items.get(want.key)?.entries.get(process.slots.holder);
  const used = (want: Want): number => store.items.get(want.key)?.n ?? 0;
  return { clock, store, start, entry, used };
}

export async function hold(process: SlotProcess, want: Want): Promise<Hold> {
  const answer = await process.take(want);
  assert.ok(isHold(answer), JSON.stringify(answer));
  return answer;
}

export const account = (limit: number, more: Partial<Want> = {}): Want => ({
  key: 'imap/sessions-per-account/alice@example.org' as SlotKey,
  limit,
  kind: 'shared',
  ...more,
});
export const total = (limit: number): Want => ({ key: 'imap/sessions' as SlotKey, limit, kind: 'total' });
export const lock = (more: Partial<Want> = {}): Want => ({
  key: 'pop3/maildrop/alice@example.org' as SlotKey,
  limit: 1,
  kind: 'plain',
  ...more,
});

export const takeMany = (process: SlotProcess, many: number, want: Want) =>
  Promise.all(Array.from({ length: many }, () => process.take(want)));
