import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';
import type { CertificatePair } from '../../platform/node/certificates.ts';
import { type Captures, matchLine } from './pattern.ts';

const patience = 10_000; // ms a server may take for a line: generous, since only failing tests wait it out

export interface ClientOptions {
  readonly tls?: boolean;
  /** The one cipher of TLS 1.3 that it knows, as OpenSSL names it. @default all */
  readonly cipher?: string;
  /** Shown in the handshake, with TLS from the first octet or by STARTTLS. */
  readonly certificate?: CertificatePair;
  /** A loopback address to come from. */
  readonly from?: string;
  /** The one to go to. @default 127.0.0.1 */
  readonly to?: string;
  readonly name?: string;
}

/**
 * A line-minded client with a transcript. Octets are latin1 strings. Every wait has a deadline, and what fails says what was wanted, what
 * came, and the dialogue so far.
 */
export class Client {
  readonly name: string;
  readonly transcript: string[] = [];
  readonly #certificate: CertificatePair | undefined;
  #socket: Socket;
  #received = '';
  #deflate: DeflateRaw | undefined;
  #inflate: InflateRaw | undefined;
  #closed = false;
  #changed: () => void = () => {};

  private constructor(socket: Socket, name: string, certificate: CertificatePair | undefined) {
    this.#socket = socket;
    this.name = name;
    this.#certificate = certificate;
    this.#listen();
  }

  static async open(
    port: number,
    { tls, cipher, certificate, from, to: host = '127.0.0.1', name = 'client' }: ClientOptions = {},
  ): Promise<Client> {
    const to = { port, host, noDelay: true, ...(from === undefined ? {} : { localAddress: from }) };
    const socket =
      tls === true
        ? connectTls({ ...to, ...shown(certificate), ...(cipher === undefined ? {} : { ciphers: cipher }), rejectUnauthorized: false })
        : connect(to);
    await once(socket, tls === true ? 'secureConnect' : 'connect', { signal: AbortSignal.timeout(patience) });
    return new Client(socket, name, certificate);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends a line; CRLF is added. */
  send(line: string): void {
    this.sendRaw(`${line}\r\n`);
  }

  sendRaw(octets: string): void {
    this.transcript.push(`${this.name}> ${JSON.stringify(octets).slice(1, -1)}`);
    if (this.#closed) return;
    if (this.#deflate === undefined) this.#socket.write(octets, 'latin1');
    else {
      this.#deflate.write(octets, 'latin1');
      this.#deflate.flush(constants.Z_SYNC_FLUSH);
    }
  }

  /** @returns the next line without its CRLF, or undefined when the server has closed. @throws when neither comes in time */
  async line(): Promise<string | undefined> {
    const deadline = Date.now() + patience;
    for (;;) {
      const end = this.#received.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 2);
        this.transcript.push(`${this.name}< ${line.length > 300 ? `${line.slice(0, 300)}… (${line.length} octets)` : line}`);
        return line;
      }
      if (this.#closed) return undefined;
      if (!(await this.#heardBefore(deadline))) throw this.failure(`nothing came in ${patience} ms`);
    }
  }

  /**
   * Waits for a line that fits; see pattern.ts.
   * @param mayPass lines that may come before it
   * @returns the line
   */
  async expect(pattern: string, captures: Captures = new Map(), mayPass: (line: string) => boolean = () => false): Promise<string> {
    for (;;) {
      const line = await this.line();
      if (line === undefined) throw this.failure(`wanted ${JSON.stringify(pattern)}, but the server closed`);
      if (matchLine(pattern, line, captures)) return line;
      if (!mayPass(line)) throw this.failure(`wanted ${JSON.stringify(pattern)}, got ${JSON.stringify(line.slice(0, 500))}`);
    }
  }

  /** Sends a line and waits for the answer. */
  ask(line: string, pattern: string, captures?: Captures): Promise<string> {
    this.send(line);
    return this.expect(pattern, captures);
  }

  /** @returns the lines up to `.`, dots taken off: the rest of a multi-line response of POP3 */
  async multiline(): Promise<readonly string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === undefined) throw this.failure('the server closed inside a multi-line response');
      if (line === '.') return lines;
      lines.push(line.startsWith('.') ? line.slice(1) : line);
    }
  }

  /** @throws unless the server closes without another word */
  async expectClosed(): Promise<void> {
    const line = await this.line();
    if (line !== undefined) throw this.failure(`wanted the server to close, got ${JSON.stringify(line)}`);
    if (this.#received !== '') throw this.failure(`half a line before the close: ${JSON.stringify(this.#received)}`);
  }

  /** The client's side of STARTTLS, after the server agreed. */
  async startTls(): Promise<void> {
    this.#socket.removeAllListeners();
    const secured = connectTls({ socket: this.#socket, ...shown(this.#certificate), rejectUnauthorized: false });
    await once(secured, 'secureConnect', { signal: AbortSignal.timeout(patience) });
    this.transcript.push(`${this.name} starts tls`);
    this.#socket = secured;
    this.#listen();
  }

  /** Both sides compress from here on, after the server agreed (RFC 4978). */
  startCompression(): void {
    this.#deflate = createDeflateRaw().on('data', (octets: Buffer) => void this.#socket.write(octets));
    this.#inflate = createInflateRaw().on('data', (octets: Buffer) => this.#hear(octets));
    this.transcript.push(`${this.name} starts compression`);
  }

  stopCompression(): void {
    this.#deflate = this.#inflate = undefined;
    this.transcript.push(`${this.name} stops compression`);
  }

  /** Sends no more; what the server still says can be read. */
  end(): void {
    this.#socket.end();
  }

  /** Resets the connection. */
  vanish(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Stops reading, as a stuck client does. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  failure(what: string): Error {
    return new Error(`${this.name}: ${what}\n  the dialogue so far:\n    ${this.transcript.slice(-40).join('\n    ')}`);
  }

  #listen(): void {
    this.#socket.on('data', (octets: Buffer) => {
      if (this.#inflate === undefined) this.#hear(octets);
      else this.#inflate.write(octets);
    });
    this.#socket.on('error', () => {}); // a reset shows as closed
    for (const over of ['end', 'close']) {
      this.#socket.on(over, () => {
        if (this.#inflate === undefined) this.#hearEnd();
        else this.#inflate.write('', () => this.#hearEnd()); // behind what is under way
      });
    }
  }

  #hearEnd(): void {
    this.#closed = true;
    this.#changed();
  }

  #hear(octets: Buffer): void {
    this.#received += octets.toString('latin1');
    this.#changed();
  }

  #heardBefore(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), deadline - Date.now());
      this.#changed = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

const shown = (pair: CertificatePair | undefined) => (pair === undefined ? {} : { key: pair.key, cert: pair.certificate });
