import type { Epoch } from './epoch.ts';
import { KeyCounts } from './key-counts.ts';
import { LimitInForce } from './limit-in-force.ts';
import { type NextWrite, nextWrite } from './next-write.ts';
import type { RestingEntry } from './resting-entries.ts';
import type { SlotEntry, SlotItem, SlotKey } from './slot-store.ts';
import type { Spare } from './spare.ts';
import { judge } from './verdict.ts';
import type { Desk, WriterParts } from './writer-parts.ts';

/** One lost reply is settled by a read; the second is an answer to those who wait. */
const patience = 2;

/**
 * The store's side of one key in one process. At most one write is in flight; whoever asks meanwhile is gathered into the next (rule 5).
 * Each round looks at where things stand, writes once, and learns from the answer; no intention is carried over from round to round.
 */
export class KeyWriter {
  readonly key: SlotKey;
  readonly total: boolean;
  readonly counts = new KeyCounts();
  readonly limit: LimitInForce;
  spare: Spare;
  readonly #parts: WriterParts;
  readonly #desk: Desk;
  /** A write has an unknown outcome: the entry must be read before anything else (rule 4). */
  #unsettled = false;
  /** When the store last said no to a move whose copies may still land, by the monotonic clock. */
  #refusedAt: number | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  #writtenAt: number;
  /** When a write of this process last landed. */
  #landedAt: number | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  /** @param resting what the store still has of it from before it was forgotten */
  constructor(key: SlotKey, total: boolean, spare: Spare, parts: WriterParts, desk: Desk, resting?: RestingEntry) {
    this.key = key;
    this.total = total;
    this.spare = spare;
    this.limit = new LimitInForce(parts.timings.settingsReachAll);
    this.#parts = parts;
    this.#desk = desk;
    this.#writtenAt = parts.clock.monotonic();
    this.counts.entry = resting?.entry;
    this.#landedAt = resting?.writtenAt;
  }

  /** What this process has in the store is unknown, or less than its sessions hold. */
  get isOwed(): boolean {
    return this.#unsettled || this.counts.owed > 0;
  }

  get idleSince(): number | undefined {
    return this.#working !== undefined || this.#unsettled || this.#refusedAt !== undefined ? undefined : this.#writtenAt;
  }

  /** What is left in the store when the key is forgotten. */
  get resting(): RestingEntry | undefined {
    const { entry } = this.counts;
    return entry === undefined || this.#landedAt === undefined ? undefined : { entry, writtenAt: this.#landedAt };
  }

  /** When a store that did not answer is to be asked again. */
  get retryAt(): number | undefined {
    return this.#retryAt > this.#parts.clock.monotonic() ? this.#retryAt : undefined;
  }

  /** Starts a round of writes when one is needed and none is under way. */
  goOn(): void {
    if (this.#working !== undefined || this.#closed) return;
    if (!this.#hasWork()) this.#desk.resting();
    else this.#working = this.#work().finally(() => this.#workEnded());
  }

  /** Tries at once what is owed. Resolves after the try, whatever came of it. */
  async tryOwed(): Promise<void> {
    this.#retryAt = Number.NEGATIVE_INFINITY;
    this.goOn();
    await this.#working;
  }

  /** A new epoch: whatever was in flight concerned the old holder's entry. */
  startAnew(): void {
    this.counts.startAnew();
    this.#unsettled = false;
  }

  /**
   * A look between writes is wanted: of a total always, since spare slots go back when others need them; of any key some time after a
   * refusal, because a repeated request may still have landed when something became free, and nobody else could give that slot back; now and
   * then of one that many holders stand under, dead ones too: each deploy leaves entries of nothing behind, and they make its item large.
   */
  isWorthALook(): boolean {
    if (this.#working !== undefined || this.#unsettled || this.#closed) return false;
    const { clock, timings } = this.#parts;
    const now = clock.monotonic();
    if (this.total || (this.#refusedAt !== undefined && now - this.#refusedAt >= timings.renewEvery / 2)) return true;
    return this.counts.isCrowded && now - this.#lookedAt >= timings.forgetAfter;
  }

  /** @returns undefined when a write was under way meanwhile, which tells more */
  async look(): Promise<SlotItem | undefined> {
    const { epoch } = this.#parts.lease;
    const known = this.counts.entry;
    this.#lookedAt = this.#parts.clock.monotonic();
    const item = await this.#parts.store.read(this.key);
    if (this.#closed || this.#working !== undefined || this.#unsettled || known !== this.counts.entry) return undefined;
    if (epoch !== this.#parts.lease.epoch) return undefined;
    this.#refusedAt = undefined;
    const mine = item?.entries.get(epoch.holder);
    if (mine === undefined && known !== undefined) this.#entryIsGone(epoch);
    else this.counts.entry = mine;
    if (item !== undefined) this.#see(item);
    this.goOn();
    return item;
  }

  /** Somebody else may write this key from now on: a look that is under way changes nothing any more. */
  forget(): void {
    this.#closed = true;
  }

  /** @param holder whose entry is removed, when it is more than an unused one that the store sweeps */
  async close(holder: Epoch['holder']): Promise<void> {
    this.#closed = true;
    await this.#working;
    const { entry } = this.counts;
    if (entry !== undefined && (this.total || entry.count > 0)) await this.#parts.store.repair(this.key, holder, entry.version);
  }

  /** Of a total, every answer tells which limit is in force. */
  #see(item: SlotItem): void {
    this.counts.see(item);
    if (item.limit !== undefined && !this.limit.isNews) this.limit.adopt(item.limit, this.#parts.clock.monotonic());
  }

  #next(): NextWrite | undefined {
    const now = this.#parts.clock.monotonic();
    const stale = now - this.#writtenAt > this.#parts.timings.rewriteEvery;
    return nextWrite({
      counts: this.counts,
      limit: this.limit,
      spare: this.spare,
      total: this.total,
      asking: this.#desk.asking(),
      now,
      stale,
    });
  }

  #hasWork(): boolean {
    return this.retryAt === undefined && (this.#unsettled || this.#next() !== undefined);
  }

  async #work(): Promise<void> {
    // One turn of the microtask queue: sessions that ask in the same tick are gathered into the first write.
    await undefined;
    while (!this.#closed && this.#hasWork()) {
      await this.#round(this.#parts.lease.epoch);
      this.#desk.serve();
    }
  }

  #workEnded(): void {
    this.#working = undefined;
    this.goOn(); // somebody may have asked since the last look
  }

  async #round(epoch: Epoch): Promise<void> {
    const next = this.#next();
    try {
      if (this.#unsettled) await this.#settle(epoch);
      else {
        if (next !== undefined) await this.#write(next, epoch);
        this.#failures = 0; // settling answers nobody: sessions that wait are told after the second write that got no answer
      }
      this.#parts.outage.answered();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #write(next: NextWrite, epoch: Epoch): Promise<void> {
    const from = this.counts.entry;
    const to = { count: next.count, version: epoch.nextOp() };
    this.#unsettled = true;
    this.counts.pending = to.count;
    const { key, total } = this;
    const answer = await this.#parts.store.change({
      key,
      holder: epoch.holder,
      from,
      to,
      limit: next.limit,
      total,
      setLimit: next.setLimit,
    });
    if (epoch !== this.#parts.lease.epoch) return;
    this.#unsettled = false;
    this.counts.pending = undefined;
    this.#see(answer.item);
    if (answer.changed) this.#landed(to, next);
    else {
      await this.#learn(answer.item, from, to, next, epoch);
      // A copy of the move may still be on its way. When the entry stands as it was, nothing but a bump keeps that copy from applying.
      if (answer.repeated === true && epoch === this.#parts.lease.epoch && this.counts.entry === from) this.#unsettled = true;
    }
  }

  /** A move did not apply (rules 2 and 3). */
  async #learn(item: SlotItem, from: SlotEntry | undefined, to: SlotEntry, next: NextWrite, epoch: Epoch): Promise<void> {
    const verdict = judge(item, epoch.holder, from, to);
    if (verdict.is === 'landed') this.#landed(verdict.entry, next);
    else if (verdict.is === 'overtaken') this.counts.entry = verdict.entry;
    else if (verdict.is === 'dead') this.#entryIsGone(epoch);
    else await this.#refused(item, next, epoch);
  }

  #landed(entry: SlotEntry, sent: NextWrite): void {
    this.counts.entry = entry;
    this.#refusedAt = undefined;
    this.#writtenAt = this.#parts.clock.monotonic();
    this.#landedAt = this.#writtenAt;
    if (sent.taken !== undefined) this.spare.took(sent.taken.asked, sent.taken.extra, this.#writtenAt);
    if (sent.setLimit) this.limit.announced(sent.limit);
    this.limit.settled(sent.limit);
  }

  async #refused(item: SlotItem, sent: NextWrite, epoch: Epoch): Promise<void> {
    this.#refusedAt = this.#parts.clock.monotonic();
    const inForce = item.limit;
    if (this.total && !sent.setLimit && inForce !== undefined && inForce !== sent.limit) return this.limit.adopt(inForce, this.#refusedAt);
    // Something is free, only less than asked for: the next round asks for that.
    if (sent.limit === 0 || item.n < sent.limit) return;
    if ((await this.#parts.repair.run(this.key, item, epoch.holder)) > 0 || epoch !== this.#parts.lease.epoch) return;
    const owed = this.counts.giveUpOwed();
    if (owed > 0) this.#parts.mustClose(this.key, owed);
    this.#desk.full(item);
  }

  /**
   * After an unknown outcome (rule 4): one consistent read, and, when nothing had landed, a new version of the same count, so that a copy
   * still on its way can never apply. When something of this holder had landed, every other copy was meant for the version before it.
   */
  async #settle(epoch: Epoch): Promise<void> {
    const { store, lease } = this.#parts;
    const known = this.counts.entry;
    const item = await store.read(this.key);
    if (epoch !== lease.epoch) return;
    if (item !== undefined) this.#see(item);
    const mine = item?.entries.get(epoch.holder);
    if (mine === undefined && known !== undefined) return this.#entryIsGone(epoch);
    this.counts.entry = mine;
    if (mine?.version === known?.version) await this.#bump(mine, epoch);
    if (epoch !== lease.epoch) return;
    this.#unsettled = false;
    this.counts.pending = undefined;
  }

  async #bump(from: SlotEntry | undefined, epoch: Epoch): Promise<void> {
    const to = { count: from?.count ?? 0, version: epoch.nextOp() };
    const { key, total, limit } = this;
    const answer = await this.#parts.store.change({ key, holder: epoch.holder, from, to, limit: limit.value, total, setLimit: false });
    if (epoch !== this.#parts.lease.epoch) return;
    this.#see(answer.item);
    const mine = answer.item.entries.get(epoch.holder);
    if (mine === undefined) return this.#entryIsGone(epoch);
    this.counts.entry = mine;
  }

  /** Rule 3. The lease begins a new epoch, which takes everything again; until then this key rests. */
  #entryIsGone(epoch: Epoch): void {
    this.#parts.lease.lost(epoch, this.key);
    this.#retryAt = this.#parts.clock.monotonic() + this.#parts.timings.retryEvery;
  }

  #failed(error: unknown): void {
    this.#parts.outage.failed(error);
    // A heartbeat tells whether it is the store or this key, and goes on asking once a second.
    if (this.#parts.outage.down) this.#parts.lease.beatNow();
    this.#failures += 1;
    if (this.#failures < patience) return;
    this.#failures = 0;
    this.#retryAt = this.#parts.clock.monotonic() + this.#parts.timings.retryEvery;
    this.#desk.unanswered();
  }
}
