import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { selfSigned } from '../../platform/node/certificates.ts';

/** What the sink does about a line: says this (lines of one reply), says nothing, or closes. `last`: says it and closes; `first` and `next`: two replies. */
export type Answer =
  | string
  | readonly string[]
  | 'silence'
  | 'drop'
  | { readonly last: string }
  | { readonly first: string; readonly next: string };

export interface SinkScript {
  /** @default a friendly greeting */
  readonly greeting?: Answer;
  /** Keywords behind the first EHLO line. @default PIPELINING alone */
  readonly offers?: readonly string[];
  /** @param nth of this verb in this connection, from 0. `.` is the end of a message. @returns undefined for what a good host says */
  readonly on?: (verb: string, line: string, nth: number) => Answer | undefined;
  /** Speaks TLS from the first octet. */
  readonly implicitTls?: boolean;
  /** For STARTTLS and implicit TLS. @default valid for mx.example.net */
  readonly certificate?: { readonly key: string; readonly certificate: string };
  /** Does not read what comes behind 354. */
  readonly stopsReading?: boolean;
}

const usual: Readonly<Record<string, string>> = {
  HELO: '250 mx.example.net',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go on',
  RSET: '250 2.0.0 ok',
  STARTTLS: '220 2.0.0 go',
  '.': '250 2.0.0 taken',
  QUIT: '221 2.0.0 bye',
};

export const sinkCertificate = selfSigned('mx.example.net', Date.now());

/** A host on loopback that answers by a script and writes down what it was told. */
export class ScriptedSink {
  /** Commands, and the messages behind them as one text each. */
  readonly lines: string[] = [];
  readonly messages: string[] = [];
  /** Octets as they came, a piece for each read. */
  readonly pieces: string[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async open(t: { after(run: () => void): void }, script: SinkScript = {}): Promise<ScriptedSink> {
    const sink = new ScriptedSink(script);
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    t.after(() => sink.close());
    return sink;
  }

  private constructor(script: SinkScript) {
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.#keep(socket);
      new SinkConnection(this, script, script.implicitTls === true ? this.secured(socket, script) : socket).greet();
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  secured(socket: Socket, { certificate = sinkCertificate }: SinkScript): Socket {
    const secure = new tls.TLSSocket(socket, { isServer: true, key: certificate.key, cert: certificate.certificate });
    return this.#keep(secure);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #keep<S extends Socket>(socket: S): S {
    socket.on('error', () => {});
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

class SinkConnection {
  readonly #sink: ScriptedSink;
  readonly #script: SinkScript;
  #socket: Socket;
  #rest = '';
  #inMessage = false;
  readonly #counts = new Map<string, number>();
  readonly #onData = (chunk: Buffer): void => this.#heard(chunk);

  constructor(sink: ScriptedSink, script: SinkScript, socket: Socket) {
    this.#sink = sink;
    this.#script = script;
    this.#socket = socket;
  }

  greet(): void {
    this.#socket.on('data', this.#onData);
    this.#answer(this.#script.greeting ?? '220 mx.example.net ESMTP');
  }

  #heard(chunk: Buffer): void {
    this.#sink.pieces.push(chunk.toString('latin1'));
    this.#rest += chunk.toString('latin1');
    while (this.#step()) {}
  }

  #step(): boolean {
    const end = this.#inMessage ? `\r\n${this.#rest}`.indexOf('\r\n.\r\n') : this.#rest.indexOf('\r\n');
    if (end === -1) return false;
    const text = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + (this.#inMessage ? 3 : 2));
    if (this.#inMessage) {
      this.#inMessage = false;
      this.#sink.messages.push(text);
      this.#act('.', '.');
    } else {
      this.#sink.lines.push(text);
      this.#act(text.split(' ', 1)[0]?.toUpperCase() ?? '', text);
    }
    return true;
  }

  #act(verb: string, line: string): void {
    const nth = this.#counts.get(verb) ?? 0;
    this.#counts.set(verb, nth + 1);
    const answer = this.#script.on?.(verb, line, nth) ?? this.#usual(verb);
    this.#answer(answer);
    const said = typeof answer === 'string' ? answer : 'first' in answer ? answer.first : '';
    if (verb === 'DATA' && said.startsWith('354')) {
      this.#inMessage = true;
      if (this.#script.stopsReading === true) this.#socket.pause();
    }
    if (verb === 'STARTTLS' && said.startsWith('220')) this.#startTls();
    if (verb === 'QUIT') this.#socket.end();
  }

  #usual(verb: string): Answer {
    if (verb === 'EHLO')
      return ['mx.example.net', ...(this.#script.offers ?? ['PIPELINING'])].map(
        (word, i, all) => `250${i === all.length - 1 ? ' ' : '-'}${word}`,
      );
    return usual[verb] ?? '500 5.5.2 what?';
  }

  #startTls(): void {
    this.#socket.removeListener('data', this.#onData);
    this.#socket = this.#sink.secured(this.#socket, this.#script);
    this.#socket.on('data', this.#onData);
  }

  #answer(answer: Answer): void {
    if (answer === 'silence') return;
    if (answer === 'drop') return void this.#socket.destroy();
    if (typeof answer === 'object' && 'first' in answer) return void this.#socket.write(`${answer.first}\r\n${answer.next}\r\n`);
    if (typeof answer === 'object' && 'last' in answer) return void this.#socket.end(`${answer.last}\r\n`);
    this.#socket.write(typeof answer === 'string' ? `${answer}\r\n` : `${answer.join('\r\n')}\r\n`);
  }
}
