import type { Socket } from 'node:net';
import { BackPressure } from './back-pressure.ts';
import { ConnectionLost } from './connection.ts';
import { Deflation, deflateAt } from './deflation.ts';
import type { MemoryBudget } from './memory-budget.ts';

/** The writing half of a connection: what is written in one turn of the event loop leaves together, in one system call and one packet. */
export class Output {
  readonly #socket: Socket;
  readonly #budget: MemoryBudget;
  #backPressure: BackPressure | undefined;
  #corked = false;
  #deflation: Deflation | undefined;

  constructor(socket: Socket, budget: MemoryBudget) {
    this.#socket = socket;
    this.#budget = budget;
  }

  /** See Connection.write. */
  write(data: string | Uint8Array): Promise<void> | undefined {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return alreadyLost();
    this.#cork();
    if (this.#deflation === undefined) return this.#pass(data);
    this.#deflation.add(data);
    return this.#deflation.size >= deflateAt ? this.#pass(this.#deflation.take()) : this.#backPressure?.over;
  }

  uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#passDeflated();
    this.#socket.uncork();
  }

  /** What is written from here on is compressed; what was, is not. */
  startCompression(): void {
    this.#deflation ??= new Deflation();
  }

  /** The other way round. */
  stopCompression(): void {
    this.#passDeflated();
    this.#deflation = undefined;
  }

  /** Resolves when all that was written is in the hands of the system, or lost. */
  async flushed(): Promise<void> {
    this.uncork();
    await new Promise((written) => this.#socket.write('', written));
  }

  drained(): void {
    this.#backPressure?.drained();
    this.#backPressure = undefined;
  }

  lost(): void {
    this.#backPressure?.lost();
    this.#backPressure = undefined;
  }

  #pass(data: string | Uint8Array): Promise<void> | undefined {
    const socket = this.#socket;
    const goOn = typeof data === 'string' ? socket.write(data, 'latin1') : socket.write(data);
    if (goOn) return undefined;
    this.#backPressure ??= new BackPressure(socket, this.#budget);
    return this.#backPressure.over;
  }

  #passDeflated(): void {
    const { destroyed, writableEnded } = this.#socket;
    if (this.#deflation === undefined || this.#deflation.size === 0 || destroyed || writableEnded) return;
    this.#pass(this.#deflation.take());
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(uncork, this);
  }
}

function uncork(output: Output): void {
  output.uncork();
}

function alreadyLost(): Promise<void> {
  const lost = Promise.reject(new ConnectionLost('the client is gone'));
  lost.catch(() => {}); // a caller that doesn't wait hears of it from its next read
  return lost;
}
