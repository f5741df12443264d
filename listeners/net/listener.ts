import { once } from 'node:events';
import net from 'node:net';
import type { Reception } from './reception.ts';

export interface ListenerOptions {
  /** Setting that names the port, for error texts: `imap/tls-port`. */
  readonly name: string;
  readonly implicitTls: boolean;
  /** 0 = any free one, kept from then on. */
  readonly port: number;
  readonly bind: string;
}

const keepAliveAfter = 120_000; // ms of silence; a peer that vanished is found out and never holds a slot for long
const backlog = 1024;

/** The port can't be had: told to the person who starts the server. */
export class PortUnavailable extends Error {
  override readonly name = 'PortUnavailable';
}

/** The accept loop of one port. Opens and closes while the process runs; closing it leaves running sessions alone. */
export class Listener {
  readonly options: ListenerOptions;
  readonly #reception: Reception;
  #server: net.Server | undefined;
  #port: number;

  constructor(options: ListenerOptions, reception: Reception) {
    this.options = options;
    this.#reception = reception;
    this.#port = options.port;
  }

  /** The port it accepts on, or would. */
  get port(): number {
    return this.#port;
  }

  get isOpen(): boolean {
    return this.#server !== undefined;
  }

  /** @throws PortUnavailable */
  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    const { bind, implicitTls } = this.options;
    const server = net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfter }, (socket) =>
      this.#reception.accept(socket, implicitTls),
    );
    this.#server = server;
    try {
      server.listen({ port: this.#port, host: bind, backlog });
      await once(server, 'listening');
    } catch (error) {
      this.#server = undefined;
      throw this.#unavailable(error);
    }
    if (this.#server !== server) {
      server.close(); // closed meanwhile, before there was anything to close
      return;
    }
    server.on('error', () => {}); // a failed accept (no descriptors left) loses that connection, not the listener
    this.#port = (server.address() as net.AddressInfo).port;
  }

  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #unavailable(error: unknown): PortUnavailable {
    const { code, message } = error as NodeJS.ErrnoException;
    const { name, bind } = this.options;
    const why =
      code === 'EADDRINUSE'
        ? 'is in use by another program'
        : code === 'EACCES'
          ? 'may not be opened by this user'
          : `can't be opened (${message})`;
    return new PortUnavailable(`${name}: port ${this.#port} of ${bind} ${why}; choose another with --set ${name}=PORT`, { cause: error });
  }
}
