import type { Clock } from '../../values/clock.ts';
import type { HolderId } from '../../values/ids.ts';
import { type OpId, OutcomeUnknown, type SlotAnswer, type SlotEntry, type SlotItem, type SlotMove, type SlotStore } from '../slot-store.ts';
import type { KeyShares } from './key-shares.ts';
import { freeOf, holdersIn, isOpened, joined, joinMove, moveInPart, nothing, sharesIn, shareVersion, usedOf } from './part-layout.ts';
import type { Reclaim } from './reclaim.ts';
import { isClaim } from './share-version.ts';

/** How long the root is believed when it matters who else has how much, ms: what the heartbeat refreshes for totals. */
const rootGoodFor = 10_000;
/** How long "the root has nothing left" is believed, ms. As long as a process believes "full". */
const fullGoodFor = 1_000;
/** A take meets others who take, raise and lower at the same time. After so many tries the caller is shown how things stand. */
const mostTries = 3;
/** Another holder of the part is about to raise the share: the first look at what came of it, the longest time between two, and when it is taken for dead, ms. */
const claimPause = 10;
const mostPause = 80;
const claimGoodFor = 1_000;

export interface SeatParts {
  readonly store: SlotStore;
  readonly clock: Clock;
  readonly shares: KeyShares;
  readonly reclaim: Reclaim;
}

/** One holder's place in one part of a key. It moves its entry there, and the part's share with it when that is needed. */
export class PartSeat {
  readonly holder: HolderId;
  readonly part: number;
  readonly #store: SlotStore;
  readonly #shares: KeyShares;
  readonly #reclaim: Reclaim;
  readonly #clock: Clock;
  /** The part as last seen. */
  #seen: SlotItem = nothing;
  #isIn = false;
  #barredUntil = Number.NEGATIVE_INFINITY;
  /** A claim of another, and when it was first seen. */
  #claim: { readonly version: OpId; readonly since: number } | undefined;

  constructor(holder: HolderId, part: number, { store, clock, shares, reclaim }: SeatParts) {
    this.holder = holder;
    this.part = part;
    this.#store = store;
    this.#clock = clock;
    this.#shares = shares;
    this.#reclaim = reclaim;
  }

  get count(): number {
    return this.#seen.entries.get(this.holder)?.count ?? 0;
  }

  sees(holder: HolderId): boolean {
    return this.#seen.entries.has(holder);
  }

  async read(): Promise<SlotItem> {
    const [, seen] = await Promise.all([this.#shares.readRoot(), this.#shares.readPart(this.part)]);
    this.#seen = seen;
    return this.#shown();
  }

  async change(move: SlotMove): Promise<SlotAnswer> {
    const more = move.to.count - (move.from?.count ?? 0);
    if (move.setLimit) await this.#shares.announce(this.part, move.limit);
    else await this.#shares.keep(this.part);
    await this.#enter();
    if (more > 0 && !(await this.#mayTake(move, more))) return { changed: false, item: this.#shown() };
    let repeated = false;
    for (let tries = 1; ; tries++) {
      const sent = await this.#send(move);
      if (sent.changed) await this.#tend(move, more);
      if (sent.changed) return { changed: true, item: this.#shown() };
      repeated ||= sent.repeated === true;
      if (!(await this.#canTryAgain(move, more, tries)))
        return { changed: false, item: more > 0 ? this.#refused(move) : this.#shown(), repeated };
    }
  }

  /** Stands in the part with nothing. The same move each time, so that it may come twice or late. */
  async #enter(): Promise<void> {
    if (!this.#isIn) this.#seen = (await this.#store.change(joinMove(this.#shares.key, this.part, this.holder))).item;
    if (!isOpened(this.#seen)) this.#seen = await this.#shares.open(this.part, this.#seen);
    this.#isIn = true;
  }

  /** The share was given under a limit. Under a lower one nothing more is taken of it until the root is within the limit. */
  async #mayTake({ limit, total, setLimit }: SlotMove, more: number): Promise<boolean> {
    const inForce = (): boolean => !total || setLimit || this.#shares.root.limit === undefined || this.#shares.root.limit === limit;
    if (this.#shares.rootAge > rootGoodFor || !inForce() || this.#shares.isOver(limit)) await this.#shares.readRoot();
    if (!inForce()) return false;
    if (this.#shares.isOver(limit)) await this.#giveBack(0);
    if (this.#shares.isOver(limit)) await this.#bringBack(this.#shares.root.n - limit + more, limit);
    return !this.#shares.isOver(limit);
  }

  async #send(move: SlotMove): Promise<SlotAnswer> {
    const answer = await this.#store.change(moveInPart(move, this.part, move.from ?? joined));
    this.#seen = answer.item;
    return answer;
  }

  async #canTryAgain(move: SlotMove, more: number, tries: number): Promise<boolean> {
    if (tries === mostTries) return false;
    const mine = this.#seen.entries.get(this.holder);
    if (mine === undefined && move.from === undefined) {
      // Removed before it held anything: declared dead, which the lease will tell. Until then as in a key that is not split.
      this.#isIn = false;
      await this.#enter();
      return true;
    }
    return more > 0 && mine?.version === (move.from ?? joined).version && (await this.#refill(move, more));
  }

  /** The part has not enough: from the root, and when that has nothing left, from what other parts don't use. */
  async #refill(move: SlotMove, more: number): Promise<boolean> {
    if (this.#isFull(move) && this.#shares.rootAge >= fullGoodFor) await this.#shares.readRoot();
    for (let tries = 0; tries < mostTries && freeOf(this.#seen) < more; tries++) {
      if (!this.#isFull(move)) await this.#awaitRaise(more);
      if (freeOf(this.#seen) < more && !this.#isBarred) this.#seen = await this.#shares.raise(this.part, this.#seen, more, move);
      if (freeOf(this.#seen) > 0 || !this.#isFull(move)) continue;
      if ((await this.#bringBack(Math.max(more, this.#step(move)), move.limit)) === 0) break;
      this.#barredUntil = Number.NEGATIVE_INFINITY;
    }
    return freeOf(this.#seen) >= more;
  }

  #isFull({ limit }: SlotMove): boolean {
    return limit !== 0 && (this.#isBarred || this.#shares.root.n >= limit);
  }

  /** The last few slots of the root are sought by all parts: who tried for them in vain leaves them to others for a while. */
  get #isBarred(): boolean {
    return this.#clock.monotonic() < this.#barredUntil;
  }

  /** @returns how the key stands for one who is refused: full, when only the last few slots are left and others were quicker */
  #refused({ limit }: SlotMove): SlotItem {
    const shown = this.#shown();
    const room = limit - this.#shares.root.n;
    if (limit === 0 || freeOf(this.#seen) > 0 || room <= 0 || room > sharesIn(this.#shares.root).size) return shown;
    if (!this.#isBarred) this.#barredUntil = this.#clock.monotonic() + fullGoodFor;
    return { ...shown, n: Math.max(shown.n, limit) };
  }

  /** Only one holder of a part raises its share at a time, since all parts share the root. The others look whether there is enough. */
  async #awaitRaise(more: number): Promise<void> {
    for (let pause = claimPause; this.#isClaimed() && freeOf(this.#seen) < more; pause = Math.min(2 * pause, mostPause)) {
      await this.#clock.sleep(pause);
      this.#seen = await this.#shares.readPart(this.part);
    }
  }

  #isClaimed(): boolean {
    const version = shareVersion(this.#seen);
    if (version === undefined || !isClaim(version)) return false;
    const now = this.#clock.monotonic();
    if (this.#claim?.version !== version) this.#claim = { version, since: now };
    return now - this.#claim.since < claimGoodFor;
  }

  /** After a move: the share follows what is in use. Whatever becomes of that, the move itself is done. */
  async #tend(move: SlotMove, more: number): Promise<void> {
    const { limit } = move;
    const free = freeOf(this.#seen);
    const step = this.#step(move);
    const low = Math.ceil(step / 4);
    try {
      if (this.#shares.isOver(limit)) await this.#giveBack(0);
      else if (free > 2 * step) await this.#giveBack(step);
      // Only the one whose take crosses the mark, or all members of the part would raise it at once.
      else if (more > 0 && free < low && free + more >= low && (limit === 0 || this.#shares.root.n + step <= limit))
        this.#seen = await this.#shares.raise(this.part, this.#seen, 0, move);
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
    }
  }

  #bringBack(need: number, limit: number): Promise<number> {
    return this.#reclaim.run({ need, part: this.part, limit, holders: this.#holders });
  }

  /** About how many the key has: holders are spread over the parts by chance. */
  get #holders(): number {
    const { root } = this.#shares;
    const parts = [...sharesIn(root).values()].filter((share) => share > 0).length;
    return holdersIn(root).size + Math.max(1, parts) * Math.max(1, holdersIn(this.#seen).size);
  }

  #step({ limit }: SlotMove): number {
    return this.#shares.step(this.part, usedOf(this.#seen), limit);
  }

  /** Lowers the share to `free` slots beyond those in use. Tried again once, when another had just moved it. */
  async #giveBack(free: number): Promise<void> {
    for (let tries = 0; tries < 2; tries++) {
      if (freeOf(this.#seen) <= free && this.#shares.leftOver(this.part, this.#seen) === 0) return;
      const share = usedOf(this.#seen) + Math.min(free, freeOf(this.#seen));
      this.#seen = (await this.#shares.lower(this.part, this.#seen, share)).item;
    }
  }

  /** The key as it concerns this holder: `n` is all that it can't have, so what the part has free counts as free. */
  #shown(): SlotItem {
    const { root } = this.#shares;
    const inPart = holdersIn(this.#seen);
    const mine = inPart.get(this.holder);
    if (mine?.version === joined.version) inPart.delete(this.holder);
    return {
      n: this.#shares.others(this.part) + usedOf(this.#seen),
      entries: new Map<HolderId, SlotEntry>([...holdersIn(root), ...this.#reclaim.takeShown(), ...inPart]),
      holders: this.#holders,
      ...(root.limit === undefined ? {} : { limit: root.limit }),
    };
  }
}
