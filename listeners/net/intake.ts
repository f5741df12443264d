import type { Socket } from 'node:net';
import type { Line } from './connection.ts';
import { Inflation, type InflationOwner } from './inflation.ts';
import type { MemoryBudget, Waiter } from './memory-budget.ts';
import { Received } from './received.ts';

/** Octets a connection may hold that nobody asked for yet. */
const readAhead = 64 * 1024;
/** Octets a connection may hold without being charged, and goes on reading up to when the budget is used up. */
const allowance = 16 * 1024;

/** Whose octets they are. */
export interface IntakeOwner {
  readonly socket: Pick<Socket, 'pause' | 'resume' | 'isPaused'>;
  /** Somebody waits for them. */
  readonly hasReader: boolean;
  /** Plain octets have come. */
  onReceived(): void;
  /** All that came is plain now. */
  onSettled(): void;
  /** What came can't be read, and nothing behind it. */
  onUnreadable(): void;
}

/** Octets of a client from the socket to the reader: inflated when both sides compress, charged while they are held, and no more of them than there is room for. */
export class Intake implements Waiter, InflationOwner {
  readonly #owner: IntakeOwner;
  readonly #budget: MemoryBudget;
  readonly #received = new Received();
  #inflation: Inflation | undefined;
  /** Octets that a reader was given and has not finished with. */
  #lent = 0;
  #charged = 0;

  constructor(owner: IntakeOwner, budget: MemoryBudget) {
    this.#owner = owner;
    this.#budget = budget;
  }

  get isInflating(): boolean {
    return this.#inflation !== undefined;
  }

  /** Octets that came and are not plain yet. */
  get underWay(): number {
    return this.#inflation?.pending ?? 0;
  }

  get isEmpty(): boolean {
    return this.#received.size === 0 && this.underWay === 0;
  }

  /** See Received. */
  get atBoundary(): boolean {
    return this.#received.atBoundary;
  }

  get thrownAway(): number {
    return this.#received.thrownAway;
  }

  add(chunk: Buffer): void {
    if (this.#inflation === undefined) this.onInflated(chunk);
    else {
      this.#inflation.add(chunk);
      this.account();
      this.regulate();
    }
  }

  takeLine(limit: number): Line | undefined {
    return this.#received.takeLine(limit);
  }

  /** They are charged until `lend(0)`. */
  takeOctets(most: number): Buffer | undefined {
    const octets = this.#received.takeOctets(most);
    if (octets !== undefined) this.lend(octets.length);
    return octets;
  }

  lend(octets: number): void {
    this.#lent = octets;
    this.account();
  }

  /** What came behind the OK of COMPRESS is compressed, also of a client that did not wait for it. */
  startInflating(): void {
    this.#inflation = new Inflation(this);
    this.#inflation.add(this.#received.takeAll());
  }

  stopInflating(): void {
    this.#inflation?.close();
    this.#inflation = undefined;
  }

  /** The reader waits for a line of which nothing has come: what can be made anew is let go. */
  restIfQuiet(): void {
    if (this.#received.atBoundary) this.#inflation?.rest();
  }

  clear(): void {
    this.#inflation?.close();
    this.#received.clear();
    this.account();
  }

  /** Reads on or stops reading: for a reader as long as the budget lasts, ahead of it only so far. */
  regulate(): void {
    const held = this.#received.size;
    const { hasReader, socket } = this.#owner;
    if (held > allowance && this.#budget.isFull) {
      this.#stop();
      this.#budget.wait(this);
    } else if (!hasReader && held + this.underWay > readAhead) {
      this.#stop();
    } else if (this.underWay > readAhead) {
      socket.pause(); // faster than it is inflated: what is here is inflated first
      this.#inflation?.resume();
    } else if (socket.isPaused()) {
      this.#goOn();
    }
  }

  account(): void {
    const charge = Math.max(0, this.#received.size + this.underWay + this.#lent - allowance);
    if (charge === this.#charged) return;
    const more = charge - this.#charged;
    this.#charged = charge;
    this.#budget.change(more);
  }

  /** The connection is gone. */
  leave(): void {
    this.#budget.leave(this);
  }

  /** Reading may go on. */
  budgetFreed(): void {
    if (this.#owner.hasReader) this.#goOn();
  }

  onInflated(chunk: Buffer): void {
    this.#received.add(chunk);
    this.#owner.onReceived();
    this.account();
    this.regulate();
  }

  onSettled(): void {
    this.account();
    this.regulate();
    this.#owner.onSettled();
  }

  onInflateFault(): void {
    this.#owner.onUnreadable();
  }

  #goOn(): void {
    this.#owner.socket.resume();
    this.#inflation?.resume();
  }

  #stop(): void {
    this.#owner.socket.pause();
    this.#inflation?.pause();
  }
}
