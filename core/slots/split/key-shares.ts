import { type OpId, OutcomeUnknown, type SlotItem, type SlotKey, type SlotMove, type SlotStore, sweptAfter } from '../slot-store.ts';
import { isShare, nothing, partKey, shareHolder, shareMove, shareOf, sharesIn, usedOf } from './part-layout.ts';
import { shareStep } from './share-size.ts';
import { madeBefore } from './share-version.ts';

/** The limit that a caller goes by, and whether the key is a total. */
export type Rule = Pick<SlotMove, 'limit' | 'total'>;

interface Written {
  readonly item: SlotItem;
  readonly done: boolean;
}

/** How long a root that was seen is believed where it only saves a write, ms: all processes announce the same limit when they start. */
const rootGoodFor = 1_000;
/** The same where a write is certain to follow, ms. */
const rootFreshFor = 50;
/** A root that was not written for so long is written again, ms. */
const rewrittenAfter = sweptAfter.held / 4;

/** A raise meets raises of other parts only by the limit, and those who lower its own part. */
const raises = 3;

/** Members of one part that write its entry in the root at the same time: each failure is another's success. */
const mostTries = 16;

/**
 * The shares of one key, as this process knows them and may move them. At any time: what is in use in a part ≤ the part's share ≤ its entry
 * in the root, and the sum of the root's entries ≤ the limit.
 *
 * A share is two numbers in two items, and each call may be lost, late or the last of its process. What keeps the order of the two:
 * - up: the root first, then the part, which must still be as it was *before the root was written*;
 * - down: the part first, then the root, where the part's entry must still be as it was *before the part was written*.
 * So of two who move one share at the same time, the second write of one fails. What is then left over stands in the root (only ever too
 * much there), until the next who raises, lowers or reclaims this share takes it in. That is why a raise writes the root even when the
 * root's number need not change, and why nothing is read again between the two writes.
 */
export class KeyShares {
  readonly key: SlotKey;
  readonly #store: SlotStore;
  readonly #newVersion: (isClaim: boolean) => OpId;
  #root: SlotItem = nothing;
  #rootSeenAt = Number.NEGATIVE_INFINITY;
  #keptUntil = Number.NEGATIVE_INFINITY;

  constructor(key: SlotKey, store: SlotStore, newVersion: (isClaim: boolean) => OpId) {
    this.key = key;
    this.#store = store;
    this.#newVersion = newVersion;
  }

  get root(): SlotItem {
    return this.#root;
  }

  /** ms since the root was last seen. */
  get rootAge(): number {
    return this.#store.leaseTime() - this.#rootSeenAt;
  }

  /** Something was removed from the root: what is known of it is no reason to refuse anybody. */
  doubtRoot(): void {
    this.#rootSeenAt = Number.NEGATIVE_INFINITY;
  }

  seeRoot(root: SlotItem): void {
    this.#root = root;
    this.#rootSeenAt = this.#store.leaseTime();
  }

  async readRoot(): Promise<SlotItem> {
    this.seeRoot((await this.#store.read(this.key)) ?? nothing);
    return this.#root;
  }

  async readPart(part: number): Promise<SlotItem> {
    return (await this.#store.read(partKey(this.key, part))) ?? nothing;
  }

  /** What the root has given to others than this part. */
  others(part: number): number {
    return this.#root.n - (this.#root.entries.get(shareHolder(part))?.count ?? 0);
  }

  /** More is given out than the limit allows: it was lowered. */
  isOver(limit: number): boolean {
    return limit !== 0 && this.#root.n > limit;
  }

  /** How many slots beyond those in use the part should have free. */
  step(part: number, used: number, limit: number): number {
    const shares = sharesIn(this.#root);
    const parts = [...shares].filter(([other, share]) => other !== part && share > 0).length + 1;
    return shareStep({ limit, n: this.#root.n, parts, used });
  }

  /** What the root gave to the part and the part does not know of: left over, or about to be given to it. */
  leftOver(part: number, seen: SlotItem): number {
    return Math.max(0, (this.#root.entries.get(shareHolder(part))?.count ?? 0) - shareOf(seen));
  }

  /** Puts a limit into force. */
  async announce(part: number, limit: number): Promise<void> {
    if (this.rootAge > rootGoodFor) await this.readRoot();
    for (let tries = 0; this.#root.limit !== limit; tries++) {
      if (tries === mostTries) throw new OutcomeUnknown('the entry of the part was written by others all the time');
      const count = this.#root.entries.get(shareHolder(part))?.count ?? 0;
      await this.#writeRoot(part, this.#root, count, { limit, total: true, setLimit: true });
    }
  }

  /** The store may sweep a root that nobody writes, even while its parts are written. Whoever writes a part sees to that. */
  async keep(part: number): Promise<void> {
    const now = this.#store.leaseTime();
    if (now < this.#keptUntil) return;
    if (this.rootAge > rootGoodFor) await this.readRoot();
    const shares = [...this.#root.entries].filter(([name]) => isShare(name));
    if (shares.length === 0) return; // nothing is given out, so nothing can be lost
    this.#keptUntil = rewrittenAfter + Math.max(...shares.map(([, { version }]) => madeBefore(version)));
    if (now < this.#keptUntil) return;
    const count = this.#root.entries.get(shareHolder(part))?.count ?? 0;
    await this.#writeRoot(part, this.#root, count, { limit: 0, total: false, setLimit: false });
  }

  /**
   * Raises the part's share, so that `need` slots more than are in use fit, and a step more where there is room. A limit is checked by the root.
   * First it claims the part, so that of all its holders that are refused at the same time only one writes the root, which all parts share.
   * @param seen the part as it was last seen. @returns the part afterwards, whatever came of it
   */
  async raise(part: number, seen: SlotItem, need: number, { limit, total }: Rule): Promise<SlotItem> {
    if (this.rootAge > rootFreshFor) await this.readRoot(); // nearly free beside a write that fails
    if (this.#newShare(part, seen, need, limit) === undefined) return seen;
    const claim = await this.#writePart(part, seen, shareOf(seen), true);
    if (!claim.done) return claim.item;
    const share = await this.#raiseRoot(part, claim.item, need, { limit, total });
    return (await this.#writePart(part, claim.item, share ?? shareOf(claim.item), false)).item;
  }

  /** @returns the part's new share; undefined when the root gave nothing */
  async #raiseRoot(part: number, seen: SlotItem, need: number, { limit, total }: Rule): Promise<number | undefined> {
    for (let tries = 0; tries < raises; tries++) {
      const share = this.#newShare(part, seen, need, limit);
      if (share === undefined || (total && this.#root.limit !== undefined && this.#root.limit !== limit)) return undefined;
      if (await this.#writeRoot(part, this.#root, share, { limit, total, setLimit: false })) return share;
    }
    return undefined;
  }

  /** @returns undefined when nothing is to be had */
  #newShare(part: number, seen: SlotItem, need: number, limit: number): number | undefined {
    const has = this.#root.entries.get(shareHolder(part))?.count ?? 0;
    const used = usedOf(seen);
    const most = limit === 0 ? Number.POSITIVE_INFINITY : limit - this.others(part);
    const more = Math.max(0, Math.min(this.step(part, used, limit), Math.floor((most - used - need) / 2)));
    const share = Math.min(most, Math.max(has, used + need + more));
    return share < has || share <= shareOf(seen) ? undefined : share;
  }

  /** Makes the part, with no share, before anybody takes from it. */
  async open(part: number, seen: SlotItem): Promise<SlotItem> {
    return (await this.#writePart(part, seen, 0, false)).item;
  }

  /**
   * Lowers the part's share, which must not be less than what is in use. Also takes in what was left over in the root.
   * @param seen the part as it was last seen
   */
  async lower(part: number, seen: SlotItem, share: number): Promise<Written> {
    const root = this.rootAge > rootFreshFor ? await this.readRoot() : this.#root;
    const { item, done } = await this.#writePart(part, seen, share, false);
    if (!done) return { item, done };
    return { item, done: await this.#writeRoot(part, root, share, { limit: 0, total: false, setLimit: false }) };
  }

  /** @param known the root, of which the part's entry must still be the same */
  async #writeRoot(part: number, known: SlotItem, count: number, rule: Rule & Pick<SlotMove, 'setLimit'>): Promise<boolean> {
    const holder = shareHolder(part);
    const to = { count, version: this.#newVersion(false) };
    const { done, item } = await this.#write({ key: this.key, holder, from: known.entries.get(holder), to, ...rule });
    this.seeRoot(item);
    return done;
  }

  #writePart(part: number, seen: SlotItem, share: number, isClaim: boolean): Promise<Written> {
    return this.#write(shareMove(this.key, part, seen, share, this.#newVersion(isClaim)));
  }

  /** A move that "did not apply" because an earlier try of it landed did apply (rule 2). */
  async #write(move: SlotMove): Promise<Written> {
    const { changed, item } = await this.#store.change(move);
    return { item, done: changed || item.entries.get(move.holder)?.version === move.to.version };
  }
}
