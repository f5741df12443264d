import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { closeGently } from './close-gently.ts';
import type { ClientAddress, Connection, Line, TlsFacts } from './connection.ts';
import { Intake, type IntakeOwner } from './intake.ts';
import { tlsFacts } from './key-bits.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { Output } from './output.ts';
import { disownSocket, ownSocket, type SocketOwner } from './owned-socket.ts';
import { tlsHandshake } from './tls-handshake.ts';

/** What all connections of a process share. */
export interface ConnectionEnvironment {
  readonly budget: MemoryBudget;
  secureContext(): SecureContext;
  /** ms */
  handshakeTimeout(): number;
}

/** A line this far over every limit is no mistake: the connection is closed. */
const mostThrownAway = 16 * 1024 * 1024;

/** A client that closed its side gets the answers it has asked for, as long as some go out. ms */
const answerTime = 60_000;

const end: Line = { kind: 'end' };
const timedOut: Line = { kind: 'timeout' };
const interrupted: Line = { kind: 'interrupted' };
/** Answers a reader of octets: some have come. */
const octetsCame: Line = { kind: 'interrupted' };

/**
 * A Connection on a socket of Node. Made to be cheap while idle: no stream of its own, listeners shared by all connections, one timer
 * object that is only wound up again, no buffer while nothing has come.
 */
export class SocketConnection implements Connection, SocketOwner, IntakeOwner {
  readonly client: ClientAddress;
  readonly localPort: number;
  readonly #environment: ConnectionEnvironment;
  #socket: Socket;
  #output: Output;
  #tls: TlsFacts | undefined;
  readonly #intake: Intake;
  /** The one reader that waits, and the limit of its line; -1 when it waits for octets. */
  #reader: ((line: Line) => void) | undefined;
  #limit = 0;
  #timer: NodeJS.Timeout | undefined;
  #timeout = 0;
  #interrupted = false;
  /** The client sends no more than what is under way. */
  #endComes = false;
  /** The client sends no more. */
  #ended = false;
  /** We have said goodbye: what still comes is thrown away. */
  #leaving = false;

  /** @param socket with TLS, `tls` says what was agreed on; the connection owns it from here on */
  constructor(socket: Socket, client: ClientAddress, tls: TlsFacts | undefined, environment: ConnectionEnvironment) {
    this.client = client;
    this.localPort = socket.localPort ?? 0;
    this.#tls = tls;
    this.#environment = environment;
    this.#socket = socket;
    this.#output = new Output(socket, environment.budget);
    this.#intake = new Intake(this, environment.budget);
    this.#attach();
  }

  get socket(): Socket {
    return this.#socket;
  }

  get hasReader(): boolean {
    return this.#reader !== undefined;
  }

  get tls(): TlsFacts | undefined {
    return this.#tls;
  }

  get closed(): boolean {
    return this.#leaving || this.#socket.destroyed;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get hasBuffered(): boolean {
    return !this.#intake.isEmpty;
  }

  get compressed(): boolean {
    return this.#intake.isInflating;
  }

  startCompression(): void {
    this.#output.startCompression();
    this.#intake.startInflating();
  }

  stopCompression(): void {
    this.#output.stopCompression();
    this.#intake.stopInflating();
  }

  readLine(limit: number, timeout: number): Promise<Line> {
    this.#onlyReader();
    const line = this.#intake.takeLine(limit);
    if (line !== undefined) {
      this.#intake.account();
      return Promise.resolve(line);
    }
    if (this.#isOver) return Promise.resolve(end);
    if (this.#interrupted && this.#intake.atBoundary) {
      this.#interrupted = false;
      return Promise.resolve(interrupted);
    }
    return this.#wait(limit, timeout);
  }

  async *readExactly(count: number, timeout: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = count; left > 0; ) {
      this.#onlyReader();
      const octets = this.#intake.takeOctets(left);
      if (octets === undefined) {
        if (this.#isOver || (await this.#wait(-1, timeout)) !== octetsCame) return;
        continue;
      }
      left -= octets.length;
      try {
        yield octets;
      } finally {
        this.#intake.lend(0);
      }
    }
  }

  interrupt(): void {
    if (this.#reader !== undefined && this.#limit >= 0 && this.#intake.atBoundary) this.#answer(interrupted);
    else this.#interrupted = true;
  }

  write(data: string | Uint8Array): Promise<void> | undefined {
    return this.#output.write(data);
  }

  async startTls(): Promise<void> {
    const socket = this.#detach();
    await this.#output.flushed(); // the OK leaves in plain text
    const environment = this.#environment;
    const secured = await tlsHandshake(socket, environment.secureContext(), environment.handshakeTimeout()).catch((error) => {
      this.onClose();
      throw error;
    });
    this.#tls = tlsFacts(secured);
    this.#socket = secured;
    this.#output = new Output(secured, environment.budget);
    this.#attach();
  }

  end(): void {
    if (this.closed) return;
    this.#leave();
    this.#output.uncork();
    closeGently(this.#socket);
  }

  destroy(): void {
    this.#leave();
    this.#socket.destroy();
  }

  onOctets(chunk: Buffer): void {
    if (!this.#leaving) this.#intake.add(chunk);
  }

  onReceived(): void {
    if (this.#reader === undefined) return;
    const line = this.#limit < 0 ? octetsCame : this.#intake.takeLine(this.#limit);
    if (line !== undefined) this.#answer(line);
    else if (this.#intake.thrownAway > mostThrownAway) this.#socket.destroy();
  }

  onSettled(): void {
    if (this.#endComes) this.onEnd();
    else if (this.#reader !== undefined && this.#limit >= 0) this.#intake.restIfQuiet();
  }

  onUnreadable(): void {
    this.destroy();
  }

  onEnd(): void {
    this.#endComes = this.#intake.underWay > 0; // what was sent before it is read first
    if (this.#endComes) return;
    this.#ended = true;
    this.#answer(end);
    this.#expectAnswers();
  }

  onDrain(): void {
    this.#output.drained();
  }

  onClose(): void {
    this.#leave();
    clearTimeout(this.#timer);
    this.#intake.leave();
    this.#output.lost();
  }

  onTimer(): void {
    this.#answer(timedOut);
  }

  get #isOver(): boolean {
    return this.#ended || this.closed;
  }

  #onlyReader(): void {
    if (this.#reader !== undefined) throw new Error('two readers on one connection');
  }

  #wait(limit: number, timeout: number): Promise<Line> {
    this.#limit = limit;
    if (limit >= 0) this.#intake.restIfQuiet();
    this.#intake.account();
    this.#wind(timeout);
    const answer = new Promise<Line>((resolve) => {
      this.#reader = resolve;
    });
    this.#intake.regulate();
    return answer;
  }

  #answer(line: Line): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(line);
  }

  #wind(timeout: number): void {
    if (this.#timer !== undefined && this.#timeout === timeout) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#timeout = timeout;
    this.#timer = setTimeout(ranOut, timeout, this);
    this.#timer.unref();
  }

  /** Nobody waits for this client any more, so the one timer is free to end a dialogue that makes no progress. */
  #expectAnswers(): void {
    const written = this.#socket.bytesWritten;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#socket.bytesWritten === written) this.#socket.destroy();
      else this.#expectAnswers();
    }, answerTime).unref();
  }

  #leave(): void {
    this.#leaving = true;
    this.#intake.clear();
    this.#answer(end);
  }

  #attach(): void {
    const socket = this.#socket;
    // A client that has sent its last command and closed its side still gets the answers.
    socket.allowHalfOpen = true;
    ownSocket(socket, this);
    if (socket.destroyed) this.onClose(); // the event may be over
  }

  /** Lets go of the plain socket for the handshake, and of every octet that came before it. */
  #detach(): Socket {
    const socket = this.#socket;
    disownSocket(socket);
    socket.pause();
    while (socket.read() !== null);
    this.#intake.clear();
    this.#output.drained();
    return socket;
  }
}

/** A timer that runs out while nobody reads does nothing: the next reader winds it up again. */
function ranOut(connection: SocketConnection): void {
  connection.onTimer();
}
