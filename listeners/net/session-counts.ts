import { type Protocol, protocols } from '../../core/values/protocol.ts';

interface Counts {
  live: number;
  most: number;
  begun: number;
}

/** How many sessions of each protocol this process has, had at most since somebody asked, and has let in. */
export class SessionCounts {
  readonly #of: Readonly<Record<Protocol, Counts>>;

  constructor() {
    const counts = protocols.map((protocol) => [protocol, { live: 0, most: 0, begun: 0 }] as const);
    this.#of = Object.fromEntries(counts) as Record<Protocol, Counts>;
  }

  begun(protocol: Protocol): void {
    const counts = this.#of[protocol];
    counts.begun += 1;
    counts.live += 1;
    if (counts.live > counts.most) counts.most = counts.live;
  }

  ended(protocol: Protocol): void {
    this.#of[protocol].live -= 1;
  }

  live(protocol: Protocol): number {
    return this.#of[protocol].live;
  }

  /** @returns the most at once since the last call */
  takeMost(protocol: Protocol): number {
    const counts = this.#of[protocol];
    const { most } = counts;
    counts.most = counts.live;
    return most;
  }

  /** @returns how many began since the last call */
  takeBegun(protocol: Protocol): number {
    const counts = this.#of[protocol];
    const { begun } = counts;
    counts.begun = 0;
    return begun;
  }
}
