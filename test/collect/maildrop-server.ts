import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { TLSSocket } from 'node:tls';
import { selfSigned } from '../../platform/node/certificates.ts';

export interface StoredMessage {
  readonly uidl: string;
  readonly octets: Buffer;
}

/** `vanish`: cuts the connection; `silence`: answers nothing; a text: is sent as the reply instead of the real one. */
export type Twist = 'vanish' | 'silence' | string | { readonly raw: string; readonly thenVanish?: boolean } | undefined;

export interface MaildropServerOptions {
  readonly password?: string;
  /** Lines of CAPA; undefined: the server does not know it. @default UIDL and USER */
  readonly capabilities?: readonly string[] | undefined;
  readonly greeting?: string;
  readonly implicitTls?: boolean;
  /** Asked before each command is obeyed. */
  readonly twist?: (command: string, user: string | undefined) => Twist | Promise<Twist>;
}

const { key, certificate } = selfSigned('pop.example.net', Date.now());
/** Of every server of these tests, for `pop.example.net`. */
export const serverCertificate = certificate;

/** A POP3 server of the test's own, with faults by script. Its maildrops outlive its sessions; only QUIT deletes. */
export class MaildropServer {
  readonly maildrops = new Map<string, StoredMessage[]>();
  /** Every command line, passwords too. */
  readonly commands: string[] = [];
  /** UIDL by user of each message that was sent to its end. */
  readonly retrieved: string[] = [];
  /** UIDL of each that a QUIT deleted. */
  readonly deleted: string[] = [];
  sessions = 0;
  mostSessions = 0;
  logins = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: MaildropServerOptions;

  static async open(t: { after(run: () => Promise<void>): void }, options: MaildropServerOptions = {}): Promise<MaildropServer> {
    const server = new MaildropServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    t.after(() => server.close());
    return server;
  }

  private constructor(options: MaildropServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      this.sessions += 1;
      this.mostSessions = Math.max(this.mostSessions, this.sessions);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.sessions -= 1;
      });
      const session = new ServerSession(this, options);
      if (options.implicitTls === true) session.begin(secured(socket));
      else session.begin(socket);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  put(user: string, uidl: string, octets: Buffer): void {
    this.maildrops.set(user, [...(this.maildrops.get(user) ?? []), { uidl, octets }]);
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get password(): string {
    return this.#options.password ?? 'wonderland';
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const secured = (socket: Socket): TLSSocket => {
  const tls = new TLSSocket(socket, { isServer: true, key, cert: certificate });
  tls.on('error', () => {});
  return tls;
};

class ServerSession {
  readonly #server: MaildropServer;
  readonly #options: MaildropServerOptions;
  #socket!: Socket;
  #user: string | undefined;
  #messages: readonly StoredMessage[] = [];
  readonly #doomed = new Set<number>();
  #sasl = false;

  constructor(server: MaildropServer, options: MaildropServerOptions) {
    this.#server = server;
    this.#options = options;
  }

  begin(socket: Socket): void {
    this.#listen(socket);
    socket.write(`${this.#options.greeting ?? '+OK ready'}\r\n`);
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    const lines = createInterface({ input: socket }).on('error', () => {});
    let before: Promise<unknown> = Promise.resolve();
    lines.on('line', (line) => {
      before = before.then(() => this.#take(line, () => lines.close())).catch(() => socket.destroy());
    });
  }

  async #take(line: string, pause: () => void): Promise<void> {
    this.#server.commands.push(line);
    const twist = this.#sasl ? undefined : await this.#options.twist?.(line, this.#user);
    if (twist === 'vanish') this.#socket.destroy();
    else if (twist === 'silence') return;
    else if (typeof twist === 'string') this.#say(twist);
    else if (twist !== undefined) {
      this.#socket.write(twist.raw, 'latin1', () => twist.thenVanish === true && this.#socket.destroy());
    } else this.#obey(line, pause);
  }

  #obey(line: string, pause: () => void): void {
    if (this.#sasl) {
      this.#authenticate(line);
      return;
    }
    const [verb = '', argument = ''] = line.split(/ (.*)/s);
    const act = this.#verbs[verb];
    if (act === undefined) this.#say('-ERR what?');
    else act(argument, pause);
  }

  readonly #verbs: Readonly<Record<string, (argument: string, pause: () => void) => void>> = {
    CAPA: () => {
      if ('capabilities' in this.#options && this.#options.capabilities === undefined) this.#say('-ERR what?');
      else this.#list(this.#options.capabilities ?? ['UIDL', 'USER']);
    },
    STLS: (_argument, pause) => {
      this.#say('+OK begin');
      pause();
      this.#socket.removeAllListeners('data');
      this.#listen(secured(this.#socket));
    },
    AUTH: () => {
      this.#sasl = true;
      this.#say('+ ');
    },
    USER: (user) => {
      this.#user = user;
      this.#say('+OK');
    },
    PASS: (password) => this.#logIn(password),
    LIST: () => this.#list(this.#left(({ octets }) => octets.length)),
    UIDL: () => this.#list(this.#left(({ uidl }) => uidl)),
    RETR: (number) => this.#retrieve(Number(number)),
    DELE: (number) => {
      this.#doomed.add(Number(number));
      this.#say('+OK');
    },
    QUIT: () => this.#quit(),
  };

  #authenticate(line: string): void {
    this.#sasl = false;
    const [, user = '', password = ''] = Buffer.from(line, 'base64').toString('utf8').split('\0');
    this.#user = user;
    this.#logIn(password);
  }

  #logIn(password: string): void {
    if (password !== this.#server.password) {
      this.#say('-ERR [AUTH] no');
      return;
    }
    this.#server.logins += 1;
    this.#messages = this.#server.maildrops.get(this.#user ?? '') ?? [];
    this.#say('+OK');
  }

  #left<T>(tell: (message: StoredMessage) => T): readonly string[] {
    return this.#messages.flatMap((message, i) => (this.#doomed.has(i + 1) ? [] : [`${i + 1} ${tell(message)}`]));
  }

  #retrieve(number: number): void {
    const message = this.#messages[number - 1];
    if (message === undefined || this.#doomed.has(number)) {
      this.#say('-ERR no such message');
      return;
    }
    const stuffed = message.octets.toString('latin1').replace(/^\./gm, '..');
    this.#socket.write(`+OK\r\n${stuffed}.\r\n`, 'latin1');
    this.#server.retrieved.push(`${this.#user} ${message.uidl}`);
  }

  #quit(): void {
    const gone = new Set([...this.#doomed].flatMap((number) => this.#messages[number - 1] ?? []));
    const { maildrops, deleted } = this.#server;
    maildrops.set(
      this.#user ?? '',
      (maildrops.get(this.#user ?? '') ?? []).filter((message) => !gone.has(message)),
    );
    for (const { uidl } of gone) deleted.push(uidl);
    this.#say('+OK bye');
    this.#socket.end();
  }

  #list(lines: readonly string[]): void {
    this.#socket.write(`+OK\r\n${lines.map((line) => `${line}\r\n`).join('')}.\r\n`, 'latin1');
  }

  #say(text: string): void {
    this.#socket.write(`${text}\r\n`, 'latin1');
  }
}
