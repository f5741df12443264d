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
  #ahead: (Range & { readonly at: number }) | undefined;

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
    return Math.floor(now + (this.#aged(now)?.least ?? Number.NEGATIVE_INFINITY));
  }

  /** Now is not after this. Unknown, it is the end of time, when no lease of this holder's own is valid. */
  latest(): number {
    const now = this.#steady();
    return Math.ceil(now + (this.#aged(now)?.most ?? Number.POSITIVE_INFINITY));
  }

  /**
   * @param date the header's text; one that is no date tells nothing
   * @param sentAt by the steady clock, ms, before the request left
   */
  replied(date: string | undefined, sentAt: number): void {
    const told = Date.parse(date ?? '');
    if (Number.isNaN(told)) return;
    const now = this.#steady();
    const reply = { least: told - disagreement - now, most: told + resolution + disagreement - sentAt };
    this.#ahead = { ...met(this.#aged(now) ?? reply, reply), at: now };
  }

  #aged(now: number): Range | undefined {
    if (this.#ahead === undefined) return undefined;
    const { least, most, at } = this.#ahead;
    return { least: least - drift * (now - at), most: most + drift * (now - at) };
  }
}

interface Range {
  readonly least: number;
  readonly most: number;
}

/**
 * What two replies leave open together. Without an overlap one of them was made by a wrong clock, or the store's was set: then everything from
 * one to the other is possible, and the next reply shows which.
 */
function met(a: Range, b: Range): Range {
  const overlap = { least: Math.max(a.least, b.least), most: Math.min(a.most, b.most) };
  return overlap.least <= overlap.most ? overlap : { least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) };
}
