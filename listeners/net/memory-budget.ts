/**
 * Octets that this process holds for clients: half lines, literals on their way, output that nobody fetches. One per process.
 * Above the limit the connections stop reading; each keeps an uncharged allowance (see socket-connection.ts), so that ordinary commands
 * go on and a few clients that finish nothing can't stand in everybody's way.
 */
export class MemoryBudget {
  readonly limit: number;
  #used = 0;
  #waiting = new Set<Waiter>();

  /** @param limit octets */
  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  get isFull(): boolean {
    return this.#used >= this.limit;
  }

  /** @param octets more held than before; negative = given back */
  change(octets: number): void {
    this.#used += octets;
    if (octets < 0 && !this.isFull && this.#waiting.size > 0) this.#wakeAll();
  }

  /** Calls `budgetFreed` once, as soon as the budget is no longer full. Asking twice is asking once. */
  wait(waiter: Waiter): void {
    this.#waiting.add(waiter);
  }

  leave(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  #wakeAll(): void {
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const waiter of woken) waiter.budgetFreed();
  }
}

export interface Waiter {
  budgetFreed(): void;
}
