const resolution = 1_000; // ms: a Date header tells whole seconds, cut off
/** ms that the clocks of DynamoDB's own servers may differ, or a server may be late in turning a Date over. */
const disagreement = 50;
/** How far this host's steady clock may run away from the store's: ten times what NTP corrects at most. */
const drift = 0.005;

/**
 * The store's time, from the Date headers of its replies and the steady clock of this host since (rule 7). A reply tells a range: its Date
 * was cut off to a second, and it was made some time between sending and receiving. Ranges of several replies overlap in a narrow one.
 *
 * Both ends are kept, since an error must never cost exactness. A lease is written, and this holder's own fence is compared, by `latest`;
 * another holder is declared dead by `earliest`. So whatever the two processes believe, a lease never ends early: it ends late, by 2 s
 * after a first slow reply and by tens of ms once some replies were seen.
 */
export class StoreTime {
  readonly #steady: () => number;
  /** Store time minus steady time, ms: at least and at most, as of `#at`. Undefined before the first reply. */
  #ahead: { readonly least: number; readonly most: number; readonly at: number } | undefined;

  /** @param steady ms, never goes back and counts suspend */
  constructor(steady: () => number) {
    this.#steady = steady;
  }

  get isKnown(): boolean {
    return this.#ahead !== undefined;
  }

  /** Now is not before this. */
  earliest(): number {
    const now = this.#steady();
    return this.#ahead === undefined ? Number.NEGATIVE_INFINITY : Math.floor(now + this.#ahead.least - drift * (now - this.#ahead.at));
  }

  /** Now is not after this. Unknown, it is the end of time, when no lease of this holder's own is valid. */
  latest(): number {
    const now = this.#steady();
    return this.#ahead === undefined ? Number.POSITIVE_INFINITY : Math.ceil(now + this.#ahead.most + drift * (now - this.#ahead.at));
  }

  /**
   * @param date the header's text; one that is no date tells nothing
   * @param sentAt by the steady clock, ms, before the request left
   */
  replied(date: string | undefined, sentAt: number): void {
    const told = Date.parse(date ?? '');
    if (Number.isNaN(told)) return;
    const now = this.#steady();
    const least = told - disagreement - now;
    const most = told + resolution + disagreement - sentAt;
    const before = this.#ahead;
    const aged = before === undefined ? 0 : drift * (now - before.at);
    const narrowed = {
      least: Math.max(least, (before?.least ?? least) - aged),
      most: Math.min(most, (before?.most ?? most) + aged),
      at: now,
    };
    // No overlap: one of the clocks was set. What the store says now is the truth.
    this.#ahead = narrowed.least <= narrowed.most ? narrowed : { least, most, at: now };
  }
}
