import type { SlotEntry, SlotItem } from './slot-store.ts';

/** Holders beyond which an item is on its way to cost more than one write unit. */
const crowd = 16;

/** The numbers of one key in one process. `live` is what sessions hold, `count` what the store knows of it; the rest is spare or owed. */
export class KeyCounts {
  /** Sessions of this process that hold the key. */
  live = 0;
  /** This holder's entry as last seen; undefined: none yet in this epoch. */
  entry: SlotEntry | undefined;
  /** Count of the write under way: what of it is being given back must not be handed out any more. */
  pending: number | undefined;
  /** Live sessions that did not fit and were told to close. No slot is sought for them any more. */
  #toldToClose = 0;
  #n: number | undefined;
  #holders = 1;

  get count(): number {
    return this.entry?.count ?? 0;
  }

  /** Sessions that are to have a slot. */
  get due(): number {
    return this.live - this.#toldToClose;
  }

  /** Slots that no session holds. */
  get spare(): number {
    return Math.max(0, Math.min(this.count, this.pending ?? this.count) - this.due);
  }

  /** Sessions without a slot: admitted while the store was down, or of an epoch that is over. */
  get owed(): number {
    return Math.max(0, this.due - this.count);
  }

  /** Slots of all holders, as last told by the store; undefined: not told yet. */
  get n(): number | undefined {
    return this.#n;
  }

  get holders(): number {
    return this.#holders;
  }

  /** An item's size is paid with every write: the dead among so many are worth looking for although nobody was refused. */
  get isCrowded(): boolean {
    return this.#holders > crowd;
  }

  see(item: SlotItem): void {
    this.#n = item.n;
    this.#holders = Math.max(1, item.holders ?? item.entries.size);
  }

  released(): void {
    this.live -= 1;
    this.#toldToClose = Math.max(0, Math.min(this.#toldToClose, this.live - this.count));
  }

  /** Those without a slot get none. @returns how many */
  giveUpOwed(): number {
    const owed = this.owed;
    this.#toldToClose += owed;
    return owed;
  }

  /** A new epoch: nothing of it stands in the store yet. */
  startAnew(): void {
    this.entry = undefined;
    this.pending = undefined;
    this.#toldToClose = 0;
  }
}
