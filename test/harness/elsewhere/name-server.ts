import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Question } from 'dns-packet';

/** What the DNS says of one name. */
export type NameRecords =
  | {
      /** `host: ''` is a null MX (RFC 7505). */
      readonly mx?: readonly { readonly preference: number; readonly host: string }[];
      readonly a?: readonly string[];
      readonly aaaa?: readonly string[];
      readonly txt?: readonly string[];
    }
  /** The server fails for this name, or never answers. */
  | 'servfail'
  | 'silence';

const ttl = 0; // seconds: what a test changes counts at once
const noError = 0;
const serverFailure = 2;
const noSuchName = 3;

/** A name server on loopback (UDP). Names it does not know do not exist; known names without the record asked for have none. */
export class NameServer {
  readonly #socket: Socket;
  readonly #records = new Map<string, NameRecords>();
  /** Each question, `MX example.net`. */
  readonly asked: string[] = [];

  static async open(): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet, from) => this.#answer(packet, from));
  }

  /** As the resolver takes it: `127.0.0.1:5353`. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  set(name: string, records: NameRecords): void {
    this.#records.set(name.toLowerCase(), records);
  }

  /** The name does not exist any more. */
  remove(name: string): void {
    this.#records.delete(name.toLowerCase());
  }

  close(): void {
    this.#socket.close();
  }

  #answer(packet: Buffer, { address, port }: RemoteInfo): void {
    const { id, questions } = decode(packet);
    const [question] = questions ?? [];
    if (question === undefined) return;
    this.asked.push(`${question.type} ${question.name}`);
    const records = this.#records.get(question.name.toLowerCase());
    if (records === 'silence') return;
    const code = records === undefined ? noSuchName : records === 'servfail' ? serverFailure : noError;
    const answers = records === undefined || records === 'servfail' ? [] : answersTo(question, records);
    const flags = AUTHORITATIVE_ANSWER | code;
    this.#socket.send(
      encode({ type: 'response', ...(id === undefined ? {} : { id }), flags, questions: [question], answers }),
      port,
      address,
    );
  }
}

function answersTo({ name, type }: Question, { mx = [], a = [], aaaa = [], txt = [] }: Exclude<NameRecords, string>): Answer[] {
  switch (type) {
    case 'MX':
      return mx.map(({ preference, host }): Answer => ({ type, name, ttl, data: { preference, exchange: host === '' ? '.' : host } }));
    case 'A':
      return a.map((data): Answer => ({ type, name, ttl, data }));
    case 'AAAA':
      return aaaa.map((data): Answer => ({ type, name, ttl, data }));
    case 'TXT':
      return txt.map((data): Answer => ({ type, name, ttl, data }));
    default:
      return [];
  }
}
