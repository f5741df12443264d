import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface SinkOptions {
  /** Connections at once; more are told 421. @default - any number */
  readonly bears?: number;
  /** Messages are answered when this has come. @default - soon */
  readonly answers?: Promise<void>;
}

/** A mail host that counts how many connections it has at once: from when it is connected to until it has heard QUIT or lost the connection. */
export class CountingSink {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #options: SinkOptions;
  most = 0;
  messages = 0;
  refused = 0;

  static async open(t: { after(run: () => Promise<void>): void }, options: SinkOptions = {}): Promise<CountingSink> {
    const sink = new CountingSink(options);
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    t.after(() => sink.#close());
    return sink;
  }

  private constructor(options: SinkOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #serve(socket: Socket): void {
    const { bears = Number.POSITIVE_INFINITY } = this.#options;
    socket.on('error', () => {});
    if (this.#open.size >= bears) {
      this.refused += 1;
      socket.end('421 4.7.0 sink Error: too many connections from you\r\n');
      return;
    }
    this.#open.add(socket);
    this.most = Math.max(this.most, this.#open.size);
    let [text, inData] = ['', false];
    socket.on('close', () => this.#open.delete(socket));
    socket.on('data', (octets) => {
      text += octets.toString('latin1');
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (!inData || line === '.') inData = this.#answer(socket, line);
      }
    });
    socket.write('220 sink\r\n');
  }

  /** @returns whether the message follows */
  #answer(socket: Socket, line: string): boolean {
    if (line === '.') {
      this.messages += 1;
      void (this.#options.answers ?? pause(5)).then(() => socket.write('250 taken\r\n'));
    } else if (/^QUIT/i.test(line)) {
      this.#open.delete(socket);
      socket.end('221 bye\r\n');
    } else socket.write(/^DATA/i.test(line) ? '354 go on\r\n' : '250 ok\r\n');
    return /^DATA/i.test(line);
  }

  #close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
