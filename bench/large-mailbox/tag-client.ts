import { connect, type Socket } from 'node:net';

/** What an answer cost. */
export interface Answered {
  readonly ms: number;
  readonly octets: number;
  /** The last octets, the tagged line in them. */
  readonly end: string;
}

const kept = 4_096;

/** An IMAP client that counts what it is told and keeps nothing of it, so that the server is what is measured. */
export class TagClient {
  readonly #socket: Socket;
  #octets = 0;
  #end = '';
  #tag = 0;
  #look = (): void => {};
  #fault: Error | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => {
      this.#octets += chunk.length;
      this.#end = (this.#end + chunk.subarray(Math.max(0, chunk.length - kept)).toString('latin1')).slice(-kept);
      this.#look();
    });
    this.#socket.on('error', (error) => this.#broke(error));
    this.#socket.on('close', () => this.#broke(new Error('the server closed the connection')));
  }

  /** @throws when it is not answered with OK */
  async ask(command: string, ...literals: readonly Uint8Array[]): Promise<Answered> {
    this.#tag += 1;
    const tag = `t${this.#tag}`;
    const since = performance.now();
    this.#octets = 0;
    this.#socket.write(`${tag} ${command}`, 'latin1');
    for (const literal of literals) this.#socket.write(literal);
    this.#socket.write('\r\n');
    await this.#until(new RegExp(`(^|\\r\\n)${tag} (OK|NO|BAD)[^\\r\\n]*\\r\\n$`));
    if (!this.#end.includes(`${tag} OK`)) throw new Error(`${command.slice(0, 200)}: ${this.#end.slice(-300)}`);
    return { ms: performance.now() - since, octets: this.#octets, end: this.#end };
  }

  async greeted(): Promise<void> {
    await this.#until(/^\* OK[^\r\n]*\r\n/);
  }

  end(): void {
    this.#look = () => {};
    this.#socket.destroy();
  }

  #until(line: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (this.#fault !== undefined) reject(this.#fault);
        else if (line.test(this.#end)) resolve();
      };
      this.#look();
    });
  }

  #broke(error: Error): void {
    this.#fault ??= error;
    this.#look();
  }
}
