import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

const patience = 30_000; // ms

/** A client that may say anything, well-formed or not, and sees every octet that comes back. */
export class RawClient {
  /** Everything received so far, latin1. */
  received = '';
  closed = false;
  private socket: Socket | TLSSocket;
  private readonly waiting = new Set<() => void>();

  private constructor(socket: Socket | TLSSocket) {
    this.socket = socket;
    this.listen();
  }

  /** @param from a loopback address to come from. @param to the one to go to */
  static async open(port: number, options: { from?: string; to?: string; tls?: boolean } = {}): Promise<RawClient> {
    const to = { port, host: options.to ?? '127.0.0.1', ...(options.from === undefined ? {} : { localAddress: options.from }) };
    const socket = options.tls === true ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
    await once(socket, options.tls === true ? 'secureConnect' : 'connect');
    return new RawClient(socket);
  }

  write(octets: string | Uint8Array): void {
    if (!this.closed) this.socket.write(octets as string, 'latin1');
  }

  /** Waits for a line that fits (give the m flag), and forgets what was received up to its end. */
  async until(line: RegExp): Promise<string> {
    const deadline = AbortSignal.timeout(patience);
    for (;;) {
      const match = line.exec(this.received);
      if (match !== null) {
        const end = this.received.indexOf('\n', match.index) + 1 || this.received.length;
        const upTo = this.received.slice(0, end);
        this.received = this.received.slice(end);
        return upTo;
      }
      if (this.closed || deadline.aborted)
        throw new Error(`${this.closed ? 'closed' : 'nothing'} instead of ${line}; received ${JSON.stringify(this.received.slice(-600))}`);
      await this.next(deadline);
    }
  }

  ask(octets: string | Uint8Array, line: RegExp): Promise<string> {
    this.write(octets);
    return this.until(line);
  }

  /** @returns all that came until the server closed */
  async untilClosed(): Promise<string> {
    const deadline = AbortSignal.timeout(patience);
    while (!this.closed) {
      if (deadline.aborted) throw new Error(`still open; received ${JSON.stringify(this.received.slice(-600))}`);
      await this.next(deadline);
    }
    return this.received;
  }

  async startTls(): Promise<void> {
    this.socket.removeAllListeners('data');
    const secure = connectTls({ socket: this.socket, rejectUnauthorized: false });
    await once(secure, 'secureConnect');
    this.socket = secure;
    this.listen();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private listen(): void {
    this.socket.on('data', (octets: Buffer) => {
      this.received += octets.toString('latin1');
      this.tell();
    });
    this.socket.on('error', () => undefined); // a reset shows as closed
    this.socket.on('close', () => {
      this.closed = true;
      this.tell();
    });
  }

  private tell(): void {
    for (const wake of this.waiting) wake();
  }

  private next(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        deadline.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      deadline.addEventListener('abort', done);
    });
  }
}
