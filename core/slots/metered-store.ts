import type { SlotStore } from './slot-store.ts';
import type { SlotsMeter } from './slots-meter.ts';

/** The same store; each write sent to it is counted, whatever comes of it: a refused one costs as much as one that applies. */
export function meteredStore(store: SlotStore, meter: Pick<SlotsMeter, 'wrote'>): SlotStore {
  return {
    leaseTime: () => store.leaseTime(),
    change: (move) => {
      meter.wrote(move.key);
      return store.change(move);
    },
    repair: (key, dead, version) => {
      meter.wrote(key);
      return store.repair(key, dead, version);
    },
    register: (holder, lease) => {
      meter.wrote(undefined);
      return store.register(holder, lease);
    },
    renew: (holder, lease) => {
      meter.wrote(undefined);
      return store.renew(holder, lease);
    },
    declareDead: (holder, self) => {
      meter.wrote(undefined);
      return store.declareDead(holder, self);
    },
    ask: (holder, request) => {
      meter.wrote(undefined);
      return store.ask(holder, request);
    },
    read: (key) => store.read(key),
    holder: (id) => store.holder(id),
    list: (prefix, most) => store.list(prefix, most),
  };
}
