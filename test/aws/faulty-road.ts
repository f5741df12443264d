import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to one request on its way to DynamoDB. Emulators do none of it. */
export type Fate =
  | 'well'
  /** Arrives, and the reply takes longer than a session would wait for it. */
  | 'slow'
  /** Answered with a throttling error of the table, or of the account, and not passed on. */
  | 'throttled'
  | 'throttled-account'
  /** Passed on and applied; the answer is a 500, or a 503 that something on the way made. */
  | 'failed'
  | 'failed-gateway'
  /** Never arrives, and nobody is told. */
  | 'lost'
  /** Arrives and is applied; the reply does not come back. */
  | 'unanswered'
  /** Arrives after the sender gave up. */
  | 'late'
  /** Arrives twice at once; or again, seconds later. */
  | 'twice'
  | 'twice-late'
  /** The connection breaks before the request arrives, or after it was applied. */
  | 'broken'
  | 'broken-after';

export interface Passing {
  /** `UpdateItem`, `GetItem`, … */
  readonly operation: string;
  readonly body: string;
}

const lateBy = 1_500; // ms: beyond the time a call may take, within a lease of the tests

/** A road to DynamoDB on loopback, on which requests meet what tests want them to. */
export class FaultyRoad {
  readonly #to: URL;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sockets = new Set<Socket>();
  readonly #onTheirWay = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #server: Server | undefined;
  #port = 0;
  /** Asked once for each request. */
  fate: (passing: Passing) => Fate = () => 'well';
  readonly passed: Passing[] = [];

  static async open(to: string): Promise<FaultyRoad> {
    const road = new FaultyRoad(new URL(to));
    await road.accept();
    return road;
  }

  private constructor(to: URL) {
    this.#to = to;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections are refused from now on, and those that stand are broken. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Ends `refuse`. */
  async accept(): Promise<void> {
    const server = createServer((from, reply) => void this.#pass(from, reply));
    server.keepAliveTimeout = 60_000;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await once(server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.refuse();
    await Promise.allSettled(this.#onTheirWay);
    this.#agent.destroy();
  }

  async #pass(from: IncomingMessage, reply: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of from) chunks.push(chunk);
    } catch {
      return; // the sender left in the midst of it
    }
    const body = Buffer.concat(chunks);
    const passing = { operation: String(from.headers['x-amz-target']).split('.').at(-1) ?? '', body: body.toString() };
    this.passed.push(passing);
    const send = (): Promise<Reply | undefined> => this.#noted(this.#send(from, body));
    const sendLater = (): Promise<unknown> => this.#noted(sleep(lateBy, undefined, { signal: this.#closing.signal }).then(send));
    await fates[this.fate(passing)]({ send, sendLater, reply, socket: from.socket });
  }

  async #noted<T>(work: Promise<T>): Promise<T | undefined> {
    const settled = work.catch(() => undefined);
    this.#onTheirWay.add(settled);
    const result = await settled;
    this.#onTheirWay.delete(settled);
    return result;
  }

  async #send(from: IncomingMessage, body: Buffer): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { hostname, port } = this.#to;
    const sent = request({ hostname, port, path: from.url, method: from.method, headers: from.headers, agent: this.#agent }, resolve);
    sent.on('error', reject).end(body);
    const answer = await promise;
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) };
  }
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Way {
  readonly send: () => Promise<Reply | undefined>;
  readonly sendLater: () => Promise<unknown>;
  readonly reply: ServerResponse;
  readonly socket: Socket;
}

const answer = (reply: ServerResponse, from: Reply | undefined): void => {
  if (from === undefined) reply.destroy();
  else reply.writeHead(from.status, from.headers).end(from.body);
};

const refusal = (reply: ServerResponse, status: number, type: string): void => {
  reply
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify({ __type: type, message: 'made by a test' }));
};

const fates: Readonly<Record<Fate, (way: Way) => unknown>> = {
  well: async ({ send, reply }) => answer(reply, await send()),
  slow: async ({ send, reply }) => {
    const replied = await send();
    await sleep(1_200);
    answer(reply, replied);
  },
  throttled: ({ reply }) => refusal(reply, 400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'),
  'throttled-account': ({ reply }) => refusal(reply, 400, 'com.amazon.coral.availability#ThrottlingException'),
  failed: async ({ send, reply }) => {
    await send();
    refusal(reply, 500, 'com.amazonaws.dynamodb.v20120810#InternalServerError');
  },
  'failed-gateway': async ({ send, reply }) => {
    await send();
    const date = new Date(Date.now() + 3_600_000).toUTCString(); // its clock is wrong, too
    reply.writeHead(503, { 'content-type': 'text/html', date }).end('<html>try later</html>');
  },
  lost: () => {},
  unanswered: ({ send }) => send(),
  late: ({ sendLater }) => sendLater(),
  twice: async ({ send, reply }) => answer(reply, (await Promise.all([send(), send()]))[0]),
  'twice-late': async ({ send, sendLater, reply }) => {
    answer(reply, await send());
    await sendLater();
  },
  broken: ({ socket }) => socket.destroy(),
  'broken-after': async ({ send, socket }) => {
    await send();
    socket.destroy();
  },
};
