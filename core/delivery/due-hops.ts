import type { Due } from './spool.ts';

/** What waits for one next hop, as this process believes it: the spool is asked now and then, in between its own doings are counted. */
interface Hop {
  readonly domain: string;
  /** Rows due that no session has reserved. */
  rows: number;
  /** There may be more than were counted. */
  isMore: boolean;
  /** Its place in the line: when its first row became due, or when its last turn ended. ms since the epoch. */
  since: number;
  sessions: number;
  /** A session has found it reachable. Until then the others leave it to the one that tries. */
  isOpen: boolean;
  /** ms since the epoch: until then it takes no more than `full` sessions. */
  fullUntil: number;
  full: number;
}

/** Messages that the only session of a next hop delivers before it looks whether another waits for a session. */
const turn = 20;
const mostHops = 10_000; // others are found again by the sweep

/**
 * Which next hop a session serves. Those without a session come first, and of these the one that waits longest; a next hop that has several
 * gives one away as soon as another has none, and the only one after a turn of messages. A next hop that nobody has reached yet gets one session;
 * the others follow when it stands, so that one that can't be reached is not tried by all of them.
 */
export class DueHops {
  readonly #hops = new Map<string, Hop>();
  readonly #opened: () => void;

  /** @param opened called when a next hop may have more sessions than before */
  constructor(opened: () => void = () => {}) {
    this.#opened = opened;
  }

  /** What the spool knows. @param most next hops it was asked for: when so many are told, others may be due too */
  tell({ hops }: Due, most: { readonly hops: number; readonly rows: number }, now: number): void {
    const told = new Set<string>();
    for (const { nextHop, rows, since } of hops) {
      if (nextHop.kind !== 'domain') continue;
      told.add(nextHop.domain);
      const hop = this.#find(nextHop.domain, since);
      if (hop === undefined) continue;
      hop.rows = rows;
      hop.isMore = rows >= most.rows;
    }
    if (hops.length < most.hops) for (const hop of this.#hops.values()) if (!told.has(hop.domain)) this.#emptied(hop, now);
  }

  /** A row more, due now. */
  add(domain: string, now: number): void {
    const hop = this.#find(domain, now);
    if (hop !== undefined) hop.rows += 1;
  }

  /** For a session that is to begin. @returns undefined when none is wanted */
  take(now: number): Seat | undefined {
    const hop = this.#best(now);
    if (hop === undefined) return undefined;
    reserve(hop);
    return this.#seat(hop);
  }

  /** For a session that was woken for this next hop, of which nothing else is known. */
  seatAt(domain: string, now: number): Seat {
    const hop = this.#find(domain, now);
    if (hop !== undefined) hop.isMore = true;
    return this.#seat(hop);
  }

  /** Since when the first row waits that no session is at, ms since the epoch. */
  oldest(): number | undefined {
    let oldest: number | undefined;
    for (const hop of this.#hops.values()) if (isWaiting(hop) && (oldest === undefined || hop.since < oldest)) oldest = hop.since;
    return oldest;
  }

  #seat(hop: Hop | undefined): Seat {
    return new Seat(
      {
        best: (now) => this.#best(now),
        doesOneWait: (now) => this.#doesOneWait(now),
        emptied: (at, now) => this.#emptied(at, now),
        opened: this.#opened,
      },
      hop,
    );
  }

  #find(domain: string, since: number): Hop | undefined {
    const known = this.#hops.get(domain);
    if (known !== undefined) {
      if (!isWaiting(known) && known.sessions === 0) known.since = since;
      return known;
    }
    if (this.#hops.size >= mostHops) return undefined;
    const hop = { domain, rows: 0, isMore: false, since, sessions: 0, isOpen: false, fullUntil: 0, full: 0 };
    this.#hops.set(domain, hop);
    return hop;
  }

  #best(now: number): Hop | undefined {
    let best: Hop | undefined;
    for (const hop of this.#hops.values()) {
      if (!mayBeServed(hop, now)) continue;
      if (best === undefined || hop.sessions < best.sessions || (hop.sessions === best.sessions && hop.since < best.since)) best = hop;
    }
    return best;
  }

  #doesOneWait(now: number): boolean {
    for (const hop of this.#hops.values()) if (hop.sessions === 0 && mayBeServed(hop, now)) return true;
    return false;
  }

  #emptied(hop: Hop, now: number): void {
    hop.rows = 0;
    hop.isMore = false;
    if (hop.sessions === 0 && hop.fullUntil <= now) this.#hops.delete(hop.domain);
  }
}

const isWaiting = (hop: Hop): boolean => hop.rows > 0 || hop.isMore;

function mayBeServed(hop: Hop, now: number): boolean {
  if (!isWaiting(hop)) return false;
  if (now < hop.fullUntil) return hop.sessions < hop.full;
  return hop.isOpen || hop.sessions === 0;
}

function reserve(hop: Hop): void {
  hop.rows = Math.max(0, hop.rows - 1);
}

interface Line {
  best(now: number): Hop | undefined;
  doesOneWait(now: number): boolean;
  emptied(hop: Hop, now: number): void;
  readonly opened: () => void;
}

/** One session's place at a next hop. */
export class Seat {
  readonly #line: Line;
  #hop: Hop | undefined;
  /** The row it came for is reserved and has not been asked for. */
  #isFresh: boolean;
  #served = 0;

  constructor(line: Line, hop: Hop | undefined) {
    this.#line = line;
    this.#isFresh = hop !== undefined;
    this.#sit(hop);
  }

  get domain(): string | undefined {
    return this.#hop?.domain;
  }

  /** Reserves a row: of the next hop it is at, or of the one whose turn it is. @returns its domain; undefined when nothing waits */
  next(now: number): string | undefined {
    if (this.#isFresh) {
      this.#isFresh = false;
    } else {
      if (!this.#stays(now)) this.#moveOn(now);
      if (this.#hop !== undefined) reserve(this.#hop);
    }
    this.#served += 1;
    return this.#hop?.domain;
  }

  /** A message can go there. */
  reached(): void {
    if (this.#hop === undefined || this.#hop.isOpen) return;
    this.#hop.isOpen = true;
    this.#line.opened();
  }

  /** A message could not go there. */
  unreachable(): void {
    if (this.#hop !== undefined) this.#hop.isOpen = false;
  }

  /** @returns whether other sessions are there */
  get hasCompany(): boolean {
    return this.#hop !== undefined && this.#hop.sessions > 1;
  }

  /** It takes no more connections than the other sessions have, until then (ms since the epoch). */
  full(until: number): void {
    if (this.#hop === undefined) return;
    this.#hop.full = this.#hop.sessions - 1;
    this.#hop.fullUntil = until;
  }

  /** The spool had nothing there. */
  none(now: number): void {
    if (this.#hop !== undefined) this.#line.emptied(this.#hop, now);
  }

  /** The row reserved or claimed last is there again for others. */
  back(): void {
    if (this.#hop !== undefined) this.#hop.rows += 1;
  }

  leave(now: number): void {
    const hop = this.#hop;
    this.#hop = undefined;
    if (hop === undefined) return;
    hop.sessions -= 1;
    if (isWaiting(hop)) hop.since = Math.max(hop.since, now);
    else this.#line.emptied(hop, now);
  }

  #moveOn(now: number): void {
    this.leave(now);
    this.#sit(this.#line.best(now));
  }

  #sit(hop: Hop | undefined): void {
    this.#hop = hop;
    this.#served = 0;
    if (hop !== undefined) hop.sessions += 1;
  }

  #stays(now: number): boolean {
    const hop = this.#hop;
    if (hop === undefined || !isWaiting(hop)) return false;
    if (now < hop.fullUntil && hop.sessions > hop.full) return false;
    return (hop.sessions === 1 && this.#served < turn) || !this.#line.doesOneWait(now);
  }
}
