import type { Network } from '../values/network.ts';
import type { Refused } from './refused.ts';

/** Refusals of one kind to one client within the last hour. Those beyond what is remembered by name are counted without network and account. */
export interface RefusalCount extends Omit<Refused, 'network'> {
  readonly network?: Network;
  readonly count: number;
  /** ms since the epoch. */
  readonly last: number;
}

/** Mutable until its minute is over. `used` and `limit` are those of the last one. */
interface Counted extends RefusalCount {
  used?: number;
  limit?: number;
  count: number;
  last: number;
}

interface Minute {
  readonly number: number;
  readonly counts: Map<string, Counted>;
  accounts: number;
  networks: number;
}

const minute = 60_000; // ms
const minutesKept = 60;
/** By name, in each minute: a flood of strangers must not fill the memory, nor crowd out the accounts. */
const mostAccounts = 100;
const mostNetworks = 200;

/** Who was refused in the last hour and why, as this process remembers it: in memory of a fixed size, whoever knocks. */
export class RecentRefusals {
  readonly #now: () => number;
  #minutes: Minute[] = [];

  /** @param now ms since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  tell(what: Refused): void {
    const now = this.#now();
    const current = this.#minuteOf(now);
    const counted = countedIn(current, what);
    counted.count += 1;
    counted.last = now;
    if (what.used !== undefined) counted.used = what.used;
    if (what.limit !== undefined) counted.limit = what.limit;
  }

  all(): readonly RefusalCount[] {
    this.#forget(this.#now());
    const sums = new Map<string, Counted>();
    for (const { counts } of this.#minutes) {
      for (const [key, one] of counts) {
        const sum = sums.get(key);
        sums.set(key, sum === undefined ? { ...one } : { ...one, count: sum.count + one.count });
      }
    }
    return [...sums.values()];
  }

  #minuteOf(now: number): Minute {
    const number = Math.floor(now / minute);
    const last = this.#minutes.at(-1);
    // A wall clock that was set back goes on in the minute that there is.
    if (last !== undefined && last.number >= number) return last;
    this.#forget(now);
    const opened: Minute = { number, counts: new Map(), accounts: 0, networks: 0 };
    this.#minutes.push(opened);
    return opened;
  }

  #forget(now: number): void {
    const oldest = Math.floor(now / minute) - minutesKept;
    if ((this.#minutes[0]?.number ?? oldest) < oldest) this.#minutes = this.#minutes.filter(({ number }) => number >= oldest);
  }
}

function countedIn(current: Minute, what: Refused): Counted {
  const key = keyOf(what);
  const known = current.counts.get(key);
  if (known !== undefined) return known;
  if (hasRoom(current, what)) {
    if (what.account === undefined) current.networks += 1;
    else current.accounts += 1;
    return added(current, key, { ...what, count: 0, last: 0 });
  }
  const { network: _network, account: _account, ...nameless } = what;
  const rest = keyOf(nameless);
  return current.counts.get(rest) ?? added(current, rest, { ...nameless, count: 0, last: 0 });
}

function added({ counts }: Minute, key: string, counted: Counted): Counted {
  counts.set(key, counted);
  return counted;
}

const hasRoom = ({ accounts, networks }: Minute, { account }: Refused): boolean =>
  account === undefined ? networks < mostNetworks : accounts < mostAccounts;

const keyOf = ({ protocol, scope, refused, observed, account, network }: Omit<Refused, 'network'> & { network?: Network }): string =>
  `${protocol} ${scope} ${refused} ${observed} ${account ?? ''} ${network ?? ''}`;
