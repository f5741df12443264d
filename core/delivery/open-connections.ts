import type { SlotKey } from '../slots/slot-store.ts';
import type { IpAddress } from '../values/network.ts';

/** One connection of this process to another host, from before its first packet until it is closed. */
export interface OpenConnection {
  /** False once it should end: its slot does not fit any more. */
  readonly isWanted: boolean;
  end(): void;
}

class Entry implements OpenConnection {
  isWanted = true;
  readonly key: SlotKey | undefined;
  readonly #ended: (entry: Entry) => void;

  constructor(key: SlotKey | undefined, ended: (entry: Entry) => void) {
    this.key = key;
    this.#ended = ended;
  }

  end(): void {
    this.#ended(this);
  }
}

/** What this process has open to which address. One for all its sessions: it tells what stood when a host refused one more. */
export class OpenConnections {
  readonly #byIp = new Map<IpAddress, Set<Entry>>();

  /** @param key under which a slot counts it in the store; undefined where nothing counts it */
  begin(ip: IpAddress, key: SlotKey | undefined): OpenConnection {
    const open = this.#byIp.get(ip) ?? new Set();
    this.#byIp.set(ip, open);
    const entry = new Entry(key, (ended) => {
      open.delete(ended);
      if (open.size === 0 && this.#byIp.get(ip) === open) this.#byIp.delete(ip);
    });
    open.add(entry);
    return entry;
  }

  count(ip: IpAddress): number {
    return this.#byIp.get(ip)?.size ?? 0;
  }

  /** Those that no slot counts: they were begun when nothing limited them. */
  uncounted(ip: IpAddress): number {
    return [...(this.#byIp.get(ip) ?? [])].filter(({ key }) => key === undefined).length;
  }

  /** A slot of the key did not fit: the connection begun last takes no more messages. */
  endOne(key: SlotKey): void {
    for (const open of this.#byIp.values()) {
      const last = [...open].findLast((entry) => entry.key === key && entry.isWanted);
      if (last === undefined) continue;
      last.isWanted = false;
      return;
    }
  }
}
