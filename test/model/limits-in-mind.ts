import type { SlotItem, SlotKey, SlotMove } from '../../core/slots/slot-store.ts';
import type { Want } from '../../core/slots/slots.ts';
import { defaultTimings } from '../../core/slots/timings.ts';

/** What one process can know of limits, by what its callers passed and what answers have told it: by more than that it may not admit. */
export class LimitsInMind {
  readonly #monotonic: () => number;
  readonly #passed = new Map<SlotKey, number>();
  readonly #told = new Map<SlotKey, { readonly limit: number; readonly since: number }>();
  /** Under which moves are on their way: what an older limit allowed may still apply, but of a total only under the one in force. */
  readonly #sent = new Map<SlotKey, number[]>();
  /** How many slots are taken. */
  readonly #n = new Map<SlotKey, number>();
  /** Own limits of totals that no write has carried to the store. */
  readonly #news = new Set<SlotKey>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** What it may admit by: none before anybody asked. */
  of(key: SlotKey): readonly number[] {
    const [passed, told] = [this.#passed.get(key), this.#told.get(key)?.limit];
    const sent = this.#sent.get(key) ?? [];
    if (passed === undefined) return sent;
    return told === undefined ? [passed, ...sent] : this.#news.has(key) ? [passed, told, ...sent] : [told, ...sent];
  }

  /** Has it been told that more is taken than the limit it has in mind allows? */
  isKnownToBeOver(key: SlotKey): boolean {
    const n = this.#n.get(key);
    const sent = this.#sent.get(key)?.length ?? 0;
    return n !== undefined && sent === 0 && this.of(key).every((limit) => limit !== 0 && n > limit);
  }

  pass({ key, limit, kind }: Want): void {
    // A limit that was overruled for long may be announced again.
    if (kind === 'total' && (this.#passed.get(key) !== limit || this.#isLongOverruled(key, limit))) this.#news.add(key);
    this.#passed.set(key, limit);
  }

  /** @returns to be called when the move is answered, or nobody waits for that any more */
  send({ key, limit, total, setLimit }: SlotMove): () => void {
    if (setLimit) this.#news.add(key);
    if (total) return () => {};
    const sent = this.#sent.get(key) ?? [];
    this.#sent.set(key, sent);
    sent.push(limit);
    return () => void sent.splice(sent.indexOf(limit), 1);
  }

  /** @param applied the move that the answer says has applied */
  hear(key: SlotKey, item: SlotItem | undefined, applied: SlotMove | undefined): void {
    if (applied?.setLimit === true && applied.limit === this.#passed.get(key)) this.#news.delete(key);
    if (item === undefined) return;
    this.#n.set(key, item.n);
    if (item.limit !== undefined && item.limit !== this.#told.get(key)?.limit)
      this.#told.set(key, { limit: item.limit, since: this.#monotonic() });
  }

  #isLongOverruled(key: SlotKey, limit: number): boolean {
    const told = this.#told.get(key);
    return told !== undefined && told.limit !== limit && this.#monotonic() - told.since >= defaultTimings.settingsReachAll;
  }
}
