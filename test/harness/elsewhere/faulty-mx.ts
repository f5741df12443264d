import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { MxScript } from './faults.ts';
import { LineSocket } from './line-socket.ts';
import { MxDialogue } from './mx-dialogue.ts';
import type { SeenConnection, TakenMessage } from './record.ts';

export interface MxPlace {
  readonly ip: string;
  readonly port: number;
}

/** Somebody else's mail host, on one loopback address. Raw sockets, so that what goes wrong goes wrong exactly so; it remembers all it saw. */
export class FaultyMx {
  readonly name: string;
  readonly connections: SeenConnection[] = [];
  /** Every message whose final dot came, in that order. */
  readonly messages: TakenMessage[] = [];
  /** The most connections that stood at once. */
  most = 0;
  script: MxScript;
  readonly #place: MxPlace;
  readonly #sockets = new Map<Socket, SeenConnection>();
  readonly #told: () => void;
  #transactions = 0;
  #server: Server | undefined;

  /** @param told called after each thing it saw */
  constructor(name: string, place: MxPlace, script: MxScript = {}, told: () => void = () => {}) {
    this.name = name;
    this.#place = place;
    this.script = script;
    this.#told = told;
  }

  get ip(): string {
    return this.#place.ip;
  }

  /** Connections that stand now and have not said QUIT. */
  get standing(): number {
    return [...this.#sockets.values()].filter(({ saidQuit }) => !saidQuit).length;
  }

  /** Accepts connections from now on. @throws when the address is taken */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ noDelay: true }, (socket) => void this.#meet(socket));
    server.listen({ port: this.#place.port, host: this.#place.ip, backlog: 511 });
    await once(server, 'listening');
    this.#server = server;
  }

  /** Connections are refused from now on; those that stand go on. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  close(): void {
    this.refuse();
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  async #meet(socket: Socket): Promise<void> {
    const { script } = this;
    const nth = this.connections.length;
    const seen: SeenConnection = {
      host: this.name,
      nth,
      startedAt: Date.now(),
      endedAt: undefined,
      besides: 0,
      secure: false,
      servername: undefined,
      user: undefined,
      commands: [],
      messages: [],
      saidQuit: false,
    };
    this.connections.push(seen);
    this.#sockets.set(socket, seen);
    socket.once('close', () => this.#left(socket, seen));
    const line = new LineSocket(socket, script.slow ?? {});
    await this.#countBesides(seen);
    const tooMany = seen.besides > (script.mostConnections ?? Number.POSITIVE_INFINITY);
    const faults = tooMany ? { greeting: { reply: '421 4.7.0 too many connections' } } : (script.connection?.(nth) ?? {});
    const dialogue = new MxDialogue(line, {
      host: this.name,
      script,
      seen,
      faults,
      nextTransaction: () => script.transaction?.(this.#transactions++) ?? {},
      took: (message) => {
        this.messages.push(message);
        this.#told();
      },
    });
    await dialogue.run();
    line.end();
    this.#told();
  }

  /**
   * Who closes one connection and opens the next is right, yet both may be news in the same turn of our event loop, in any order. So it is
   * counted once that turn is over.
   */
  async #countBesides(seen: SeenConnection): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    seen.besides = this.standing;
    this.most = Math.max(this.most, seen.besides);
    this.#told();
  }

  #left(socket: Socket, seen: SeenConnection): void {
    seen.endedAt = Date.now();
    this.#sockets.delete(socket);
    this.#told();
  }
}
