import type { Socket } from 'node:net';
import { ConnectionLost } from './connection.ts';
import type { MemoryBudget } from './memory-budget.ts';

const grace = 60_000; // ms
const leastSpeed = 1; // octets per ms, measured over all that waits

/**
 * Output that the client has not fetched yet. Made when a write meets back-pressure and gone when all is written, so that a connection
 * that is read as fast as we write never pays for it.
 */
export class BackPressure {
  readonly #budget: MemoryBudget;
  readonly #charged: number;
  readonly #timer: NodeJS.Timeout;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  /** Resolves when all is written; rejects with ConnectionLost. */
  readonly over: Promise<void>;

  constructor(socket: Socket, budget: MemoryBudget) {
    this.#budget = budget;
    this.#charged = socket.writableLength;
    budget.change(this.#charged);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.over = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    promise.catch(() => {}); // a caller that doesn't wait hears of the loss from its next read
    this.#timer = setTimeout(() => socket.destroy(), grace + this.#charged / leastSpeed);
    this.#timer.unref();
  }

  drained(): void {
    this.#settle();
    this.#resolve();
  }

  lost(): void {
    this.#settle();
    this.#reject(new ConnectionLost('the client is gone or reads too slowly'));
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#budget.change(-this.#charged);
  }
}
