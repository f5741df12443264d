import type { Socket } from 'node:net';
import { MaildropFault } from '../../../core/collect/maildrop-client.ts';
import type { MaildropFaultKind } from '../../../core/collect/source.ts';
import { type Capabilities, noCapabilities, parseCapabilities } from './capabilities.ts';
import { secured, type TlsOptions, tlsFacts } from './connect.ts';
import { DotUnstuffing } from './dot-unstuffing.ts';
import { OctetReader, type Pace } from './octet-reader.ts';
import { faultOf, parseReply, quoted, type Reply } from './reply.ts';

const mostCapabilities = 200; // lines

/** One connection that speaks POP3: a command, its reply, and so on. */
export class Pop3Session {
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #socket: Socket;
  #reader: OctetReader;
  #closed = false;
  #secrets: readonly string[] = [];

  constructor(socket: Socket, pace: Pace, signal: AbortSignal) {
    this.#socket = socket;
    this.#pace = pace;
    this.#signal = signal;
    this.#reader = new OctetReader(socket, pace);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.close();
  }

  /** @param secrets never told, should the server say them in what is no reply. Octets as they come back */
  hide(secrets: readonly string[]): void {
    this.#secrets = secrets;
  }

  /** @throws MaildropFault when the server wants nobody */
  async greeting(): Promise<void> {
    const reply = await this.#reply();
    if (!reply.ok) throw faultOf('the server greets with an error', reply, 'busy');
  }

  /** @param line without its line end; the caller sees to it that it holds none */
  async command(line: string): Promise<Reply> {
    this.#write(line);
    return await this.#reply();
  }

  /** One that must be answered with `+OK`. @param otherwise what an error without a code means */
  async mustDo(line: string, said: string, otherwise: MaildropFaultKind): Promise<void> {
    const reply = await this.command(line);
    if (!reply.ok) throw faultOf(said, reply, otherwise);
  }

  /** `AUTH PLAIN` and the like: a continuation, then the answer. */
  async exchange(line: string, answer: string): Promise<Reply> {
    this.#write(line);
    const first = await this.#reader.line();
    if (!first.startsWith('+ ') && first !== '+') return this.#parsed(first);
    return await this.command(answer);
  }

  /**
   * What follows the first line of a multi-line response, dots unstuffed, to its end. The session is over when it is left before.
   * @throws MaildropFault
   */
  async *body(): AsyncGenerator<Buffer> {
    const unstuffing = new DotUnstuffing();
    let whole = false;
    this.#reader.beginPieces();
    try {
      while (!whole) {
        const { octets, behind } = unstuffing.write(await this.#reader.piece());
        if (behind !== undefined) {
          whole = true;
          this.#reader.unread(behind);
        }
        if (octets.length > 0) yield octets;
      }
    } finally {
      if (!whole) this.close();
    }
  }

  /** The lines of a multi-line response. @throws MaildropFault `too-many` beyond `most` */
  async *lines(most: number): AsyncGenerator<string> {
    let rest = '';
    let count = 0;
    for await (const piece of this.body()) {
      const lines = (rest + piece.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      count += lines.length;
      if (count > most) throw new MaildropFault('too-many', `the server lists more than ${most} entries`);
      if (rest.length > 2048) throw new MaildropFault('protocol', 'the server sent an endless line');
      for (const line of lines) yield line.replace(/\r$/, '');
    }
  }

  async capabilities(): Promise<Capabilities> {
    if (!(await this.command('CAPA')).ok) return noCapabilities;
    const lines: string[] = [];
    for await (const line of this.lines(mostCapabilities)) lines.push(line);
    return parseCapabilities(lines);
  }

  /** @throws MaildropFault `tls` */
  async secure(options: TlsOptions): Promise<void> {
    // What came behind the reply was not protected: somebody on the way may have put it there to be taken for what the server said.
    if (this.#reader.detach().length > 0) throw new MaildropFault('tls', 'the server spoke on before TLS had begun');
    const tls = await secured(this.#socket, options);
    this.#socket = tls;
    this.#reader = new OctetReader(tls, this.#pace);
  }

  get tls(): ReturnType<typeof tlsFacts> | undefined {
    return 'getCipher' in this.#socket ? tlsFacts(this.#socket as Parameters<typeof tlsFacts>[0]) : undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.on('error', () => {}); // nobody listens to it any more
    this.#socket.destroy();
  }

  #write(line: string): void {
    if (this.#closed) throw new MaildropFault('cut', this.#signal.aborted ? 'broken off' : 'the session is over');
    this.#socket.write(`${line}\r\n`, 'utf8');
  }

  async #reply(): Promise<Reply> {
    return this.#parsed(await this.#reader.line());
  }

  #parsed(line: string): Reply {
    const reply = parseReply(line);
    if (reply === undefined) throw new MaildropFault('protocol', `the server said what is no POP3: ${quoted(line, this.#secrets)}`);
    return reply;
  }

  readonly #onAbort = (): void => {
    this.#closed = true;
    this.#socket.destroy(new MaildropFault('cut', 'broken off'));
  };
}
