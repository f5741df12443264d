import type { HolderId } from '../../values/ids.ts';
import type { SlotEntry, SlotItem } from '../slot-store.ts';
import type { KeyShares } from './key-shares.ts';
import { holdersIn, shareHolder, shareOf, sharesIn, usedOf } from './part-layout.ts';

/**
 * Between looks at all parts, ms: at the limit every process would look all the time, and each that finds something writes the root, which
 * all parts share. So the pauses grow with the number of holders, and are short while much is free.
 */
const leastPause = 250;
const mostPause = 20_000;
const pausePerHolder = 20;
const emptyPause = { least: 1_000, most: 4_000 };
/** Percent of the limit: more than this may not be free anywhere when somebody is refused. */
const much = 4;
/** Parts that one look takes from, and what it brings back of all that is free. */
const mostParts = { ofMuch: 8, ofLittle: 1 };
const bringsBack = 8;
/** Holders of other parts that the refused process is shown at a time, to find the dead among them. */
const mostShown = 128;

/** Who asks: for how much, standing in which part, under which limit, among how many. */
export interface Asker {
  readonly need: number;
  readonly part: number | undefined;
  readonly limit: number;
  readonly holders: number;
}

interface Seen {
  readonly part: number;
  readonly item: SlotItem;
  /** What the root has given to the part. */
  readonly share: number;
}

/** Brings back, for one who was refused, what other parts have and nobody uses, and shows him who holds the rest. */
export class Reclaim {
  readonly #shares: KeyShares;
  readonly #now: () => number;
  #dueAt = Number.NEGATIVE_INFINITY;
  #emptyPause = emptyPause.least;
  #looks = 0;
  /** Where holders of other parts were last seen. */
  #seenIn = new Map<HolderId, number>();
  #shown = new Map<HolderId, SlotEntry>();

  constructor(shares: KeyShares, now: () => number) {
    this.#shares = shares;
    this.#now = now;
  }

  /** Something came back: the next who is refused looks at once. */
  again(): void {
    this.#dueAt = Number.NEGATIVE_INFINITY;
    this.#emptyPause = emptyPause.least;
  }

  seenIn(holder: HolderId): number | undefined {
    return this.#seenIn.get(holder);
  }

  /** Holders that stand in other parts: a part of them at each look, one after the other. They are told once. */
  takeShown(): ReadonlyMap<HolderId, SlotEntry> {
    const shown = this.#shown;
    this.#shown = new Map();
    return shown;
  }

  /** Every part that the root knows. */
  async readAll(except?: number): Promise<readonly Seen[]> {
    const shares = [...sharesIn(this.#shares.root)].filter(([part]) => part !== except);
    const seen = await Promise.all(shares.map(async ([part, share]) => ({ part, share, item: await this.#shares.readPart(part) })));
    this.#seenIn = new Map(seen.flatMap(({ part, item }) => [...holdersIn(item).keys()].map((holder) => [holder, part] as const)));
    return seen;
  }

  /** @returns slots that came back to the root */
  async run(asker: Asker): Promise<number> {
    if (this.#now() < this.#dueAt) return 0;
    await this.#shares.readRoot();
    const parts = await this.readAll(asker.part);
    this.#show(parts);
    const rich = parts.filter((part) => unused(part) > 0).sort((a, b) => unused(b) - unused(a));
    const free = rich.reduce((sum, part) => sum + unused(part), 0);
    const isMuch = free * 100 > asker.limit * much;
    const chosen = rich.slice(0, isMuch ? mostParts.ofMuch : mostParts.ofLittle);
    const back = await this.#lower(chosen, Math.max(asker.need, Math.ceil(free / bringsBack)));
    this.#rest(back > 0, isMuch, asker.holders);
    return back;
  }

  #rest(found: boolean, isMuch: boolean, holders: number): void {
    const { least, most } = emptyPause;
    const pause = isMuch ? Math.min(leastPause, holders / 4) : Math.min(mostPause, Math.max(leastPause, holders * pausePerHolder));
    this.#dueAt = this.#now() + (found ? pause : Math.max(pause, this.#emptyPause));
    this.#emptyPause = found ? least : Math.min(2 * this.#emptyPause, most);
  }

  /** Of each half of what it has free, unless more is needed. */
  async #lower(parts: readonly Seen[], need: number): Promise<number> {
    let back = 0;
    for (const { part, item, share } of parts) {
      if (back >= need) break;
      const free = unused({ item, share });
      const less = Math.min(free, Math.max(need - back, Math.ceil(free / 2)));
      const before = this.#shares.root.entries.get(shareHolder(part))?.count ?? 0;
      const { done } = await this.#shares.lower(part, item, Math.min(shareOf(item), share - less));
      if (done) back += before - (this.#shares.root.entries.get(shareHolder(part))?.count ?? 0);
    }
    return back;
  }

  /** First one of each part, then the next of each; at the next look it begins with others. */
  #show(parts: readonly Seen[]): void {
    const ranked = parts.flatMap(({ item }) => {
      const holding = [...holdersIn(item)].filter(([, { count }]) => count > 0);
      return holding.map((entry, at) => ({ entry, rank: (at + this.#looks) % holding.length }));
    });
    const chosen = ranked.sort((a, b) => a.rank - b.rank).slice(0, mostShown);
    this.#shown = new Map(chosen.map(({ entry }) => entry));
    this.#looks += 1;
  }
}

const unused = ({ item, share }: Pick<Seen, 'item' | 'share'>): number => share - usedOf(item);
