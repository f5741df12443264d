import type { Clock } from '../values/clock.ts';
import type { HolderId } from '../values/ids.ts';
import { OutcomeUnknown, type SlotItem, type SlotKey, type SlotStore } from './slot-store.ts';

/** A holder hears of requests with its heartbeat: asking again sooner tells it nothing new. ms */
const askEvery = 10_000;
const mostRemembered = 1024;
const word = 'spare ';

/** How a request for spare slots stands in a holder's row. */
export const spareRequest = (key: SlotKey): string => `${word}${key}`;

/** @returns the key whose spare slots another holder needs; undefined for any other request */
export const requestedSpare = (request: string): SlotKey | undefined =>
  request.startsWith(word) ? (request.slice(word.length) as SlotKey) : undefined;

/** Asks other holders of a key, through their rows, to give back what no command of theirs uses. Best effort: what lingers goes back by itself in the end. */
export class SpareRequests {
  readonly #store: SlotStore;
  readonly #clock: Clock;
  readonly #askedAt = new Map<SlotKey, number>();

  constructor(store: SlotStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async send(key: SlotKey, item: SlotItem, self: HolderId): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - (this.#askedAt.get(key) ?? Number.NEGATIVE_INFINITY) < askEvery) return;
    if (this.#askedAt.size >= mostRemembered) this.#askedAt.clear();
    this.#askedAt.set(key, now);
    const others = [...item.entries].filter(([holder, { count }]) => holder !== self && count > 0);
    try {
      await Promise.all(others.map(([holder]) => this.#store.ask(holder, spareRequest(key))));
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
    }
  }
}
