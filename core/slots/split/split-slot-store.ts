import type { Clock } from '../../values/clock.ts';
import type { HolderId } from '../../values/ids.ts';
import { type OpId, type SlotAnswer, type SlotItem, type SlotKey, type SlotMove, type SlotStore, sweptAfter } from '../slot-store.ts';
import { KeyShares } from './key-shares.ts';
import { holdersIn, isPartKey, nothing, partKey, sharesIn, usedOf } from './part-layout.ts';
import { PartSeat } from './part-seat.ts';
import { Reclaim } from './reclaim.ts';
import { candidates, partsFor } from './share-size.ts';
import { shareVersions } from './share-version.ts';

/** Holders that stand in the root of an address or account, as if it were not split: most have few, and each pays one write. */
const mostDirect = 16;
/** Keys remembered before those that were not used for long are forgotten. */
const mostKeys = 4096;

export interface SplitOptions {
  /** Holders that stand in the root of an address or account before the next go into parts. */
  readonly mostDirect?: number;
}

interface SplitKey {
  readonly shares: KeyShares;
  readonly reclaim: Reclaim;
  seat: PartSeat | undefined;
  usedAt: number;
}

/**
 * Splits keys with many holders, so that no item becomes large or hot (docs/adr, split keys). One for each process, over the store that all
 * share. Rules above it stay as they are: a key answers with the entries and the sum that matter for the holder that asks.
 */
export function splitSlotStore(store: SlotStore, clock: Clock, options: SplitOptions = {}): SlotStore {
  const split = new SplitSlotStore(store, clock, options);
  return {
    change: (move) => split.change(move),
    read: (key) => split.read(key),
    repair: (key, dead, version) => split.repair(key, dead, version),
    list: (prefix, most) => split.list(prefix, most),
    register: (holder, lease) => store.register(holder, lease),
    renew: (holder, lease) => store.renew(holder, lease),
    declareDead: (holder, self) => store.declareDead(holder, self),
    holder: (id) => store.holder(id),
    leaseTime: () => store.leaseTime(),
    ask: (holder, request) => store.ask(holder, request),
  };
}

class SplitSlotStore {
  readonly #store: SlotStore;
  readonly #clock: Clock;
  readonly #mostDirect: number;
  readonly #newVersion: ReturnType<typeof shareVersions>;
  readonly #keys = new Map<SlotKey, SplitKey>();
  /** Holders whose first move went to the root and was not answered yet: where it went must not be decided twice. */
  readonly #entering = new Map<SlotKey, HolderId>();
  #self: HolderId | undefined;

  constructor(store: SlotStore, clock: Clock, options: SplitOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#newVersion = shareVersions(() => store.leaseTime());
    this.#mostDirect = options.mostDirect ?? mostDirect;
  }

  async change(move: SlotMove): Promise<SlotAnswer> {
    this.#self = move.holder;
    const seat = await this.#seatFor(move);
    return seat === undefined ? await this.#changeInRoot(move) : await seat.change(move);
  }

  async read(key: SlotKey): Promise<SlotItem | undefined> {
    const seat = this.#keys.get(key)?.seat;
    if (seat !== undefined && seat.holder === this.#self) return await seat.read();
    const root = await this.#store.read(key);
    return root === undefined || sharesIn(root).size === 0 ? root : await this.#whole(key, root);
  }

  /** Where this process has last been shown the holder. */
  async repair(key: SlotKey, dead: HolderId, version: OpId): Promise<void> {
    const split = this.#keys.get(key);
    const part = split?.seat?.sees(dead) === true ? split.seat.part : split?.reclaim.seenIn(dead);
    await this.#store.repair(part === undefined ? key : partKey(key, part), dead, version);
    split?.reclaim.again();
    if (part === undefined) split?.shares.doubtRoot();
  }

  async list(prefix: string, most: number): Promise<readonly { readonly key: SlotKey; readonly item: SlotItem }[]> {
    for (let asked = most; ; asked *= 4) {
      const rows = await this.#store.list(prefix, asked);
      const keys = rows.filter(({ key }) => !isPartKey(key)).slice(0, most);
      if (keys.length === most || rows.length < asked) return await this.#listed(keys);
    }
  }

  async #listed(rows: readonly { readonly key: SlotKey; readonly item: SlotItem }[]) {
    const listed: { readonly key: SlotKey; readonly item: SlotItem }[] = [];
    for (const { key, item } of rows) {
      const whole = sharesIn(item).size === 0 ? item : await this.#whole(key, item);
      if (whole.n > 0) listed.push({ key, item: whole });
    }
    return listed;
  }

  /** @returns undefined when the holder stands in the root */
  async #seatFor({ key, holder, from, limit, total }: SlotMove): Promise<PartSeat | undefined> {
    const seat = this.#keys.get(key)?.seat;
    if (seat?.holder === holder) return this.#used(key).seat;
    const parts = partsFor(limit);
    if (from !== undefined || parts === 1 || this.#entering.get(key) === holder) return undefined;
    const root = (await this.#store.read(key)) ?? nothing;
    if (root.entries.has(holder) || (!total && holdersIn(root).size < this.#mostDirect)) {
      this.#entering.set(key, holder);
      return undefined;
    }
    const split = this.#used(key);
    split.shares.seeRoot(root);
    const part = await emptier(split.shares, holder, candidates(holder, parts));
    split.seat = new PartSeat(holder, part, { store: this.#store, clock: this.#clock, ...split });
    return split.seat;
  }

  async #changeInRoot(move: SlotMove): Promise<SlotAnswer> {
    let answer = await this.#store.change(move);
    const wasRepeated = isRepeated(answer);
    const missing = lacks(move, answer);
    if (missing > 0 && sharesIn(answer.item).size > 0 && (await this.#bringBack(move, missing, answer.item)) > 0)
      answer = await this.#store.change(move);
    this.#entering.delete(move.key);
    if (sharesIn(answer.item).size === 0) return answer;
    const shown = this.#keys.get(move.key)?.reclaim.takeShown() ?? [];
    const item = { ...answer.item, entries: new Map([...shown, ...holdersIn(answer.item)]) };
    return answer.changed ? { changed: true, item } : { changed: false, item, repeated: wasRepeated || isRepeated(answer) };
  }

  #bringBack({ key, limit }: SlotMove, need: number, { entries }: SlotItem): Promise<number> {
    return this.#used(key).reclaim.run({ need, part: undefined, limit, holders: entries.size });
  }

  /** For one who has no part in it: who holds what in all parts. */
  async #whole(key: SlotKey, root: SlotItem): Promise<SlotItem> {
    const { shares, reclaim } = this.#used(key);
    shares.seeRoot(root);
    const entries = holdersIn(root);
    let n = [...entries.values()].reduce((sum, { count }) => sum + count, 0);
    for (const { item } of await reclaim.readAll()) {
      n += usedOf(item);
      for (const [holder, entry] of holdersIn(item)) entries.set(holder, entry);
    }
    return { ...root, n, entries };
  }

  #used(key: SlotKey): SplitKey {
    const now = this.#store.leaseTime();
    let split = this.#keys.get(key);
    if (split === undefined) {
      if (this.#keys.size >= mostKeys) this.#forgetUnused(now);
      const shares = new KeyShares(key, this.#store, (isClaim) => this.#newVersion(this.#self ?? ('' as HolderId), isClaim));
      split = { shares, reclaim: new Reclaim(shares, () => this.#store.leaseTime()), seat: undefined, usedAt: now };
      this.#keys.set(key, split);
    }
    split.usedAt = now;
    return split;
  }

  /** By then whoever held nothing has forgotten the key as well, and finds his entry again should he come back. */
  #forgetUnused(now: number): void {
    for (const [key, { seat, usedAt }] of this.#keys)
      if (now - usedAt > sweptAfter.unused && (seat === undefined || seat.count === 0)) this.#keys.delete(key);
  }
}

/** The part where the holder stands already, should it have been forgotten here; else the one with fewer holders. */
async function emptier(shares: KeyShares, holder: HolderId, parts: readonly [number, number]): Promise<number> {
  const [first, second] = await Promise.all([shares.readPart(parts[0]), shares.readPart(parts[1])]);
  if (first.entries.has(holder)) return parts[0];
  return second.entries.has(holder) || second.entries.size < first.entries.size ? parts[1] : parts[0];
}

/** @returns how many slots must come free for a move that was refused for its limit alone */
function lacks({ holder, from, to, limit, total, setLimit }: SlotMove, { changed, item }: SlotAnswer): number {
  const more = to.count - (from?.count ?? 0);
  if (changed || more <= 0 || limit === 0 || item.entries.get(holder)?.version !== from?.version) return 0;
  return total && !setLimit && item.limit !== undefined && item.limit !== limit ? 0 : item.n + more - limit;
}

const isRepeated = (answer: SlotAnswer): boolean => !answer.changed && answer.repeated === true;
