import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { DnsTemporary, type Resolver } from '../../core/delivery/resolver.ts';
import type { HostAddress, Transport } from '../../core/delivery/transport.ts';
import { parseIp } from '../../core/values/network.ts';
import type { SecretStore } from '../../core/world.ts';
import { selfSigned } from '../../platform/node/certificates.ts';
import { smtpTransport } from '../../platform/node/smtp-transport.ts';

/** What a remote host got. */
export interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly secure: boolean;
  readonly utf8: boolean;
  readonly bodyType: string;
  readonly user: unknown;
  /** The same for all messages of one connection. */
  readonly connection: string;
}

export interface RemoteOptions extends SMTPServerOptions {
  /** By recipient: the reply to RCPT. */
  readonly refuses?: Readonly<Record<string, { readonly code: number; readonly text: string }>>;
  /** Replies to DATA, one after the other; 250 when used up. `vanish`: takes the message and closes without a word. */
  readonly answers?: (number | 'vanish')[];
  /** A message is answered when this has come. */
  readonly answersWhen?: () => Promise<void>;
}

/** Somebody else's mail host on this machine. */
export class RemoteHost {
  readonly taken: Taken[] = [];
  connections = 0;
  readonly #server: SMTPServer;

  static async open(t: { after(run: () => Promise<void>): void }, options: RemoteOptions = {}): Promise<RemoteHost> {
    const host = new RemoteHost(options);
    host.#server.listen(0, '127.0.0.1');
    await once(host.#server.server, 'listening');
    t.after(() => host.close());
    return host;
  }

  private constructor({ refuses = {}, answers = [], answersWhen = async () => {}, ...options }: RemoteOptions) {
    const { key, certificate } = selfSigned('mx.example.net', Date.now());
    this.#server = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      logger: false,
      key,
      cert: certificate,
      closeTimeout: 50,
      onConnect: (_session, done) => {
        this.connections += 1;
        done();
      },
      onRcptTo: ({ address }, _session, done) => {
        const refusal = refuses[address];
        done(refusal === undefined ? null : Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', async () => {
          await answersWhen();
          const answer = answers.shift() ?? 250;
          const { envelope } = session;
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          const text = Buffer.concat(chunks).toString('latin1');
          const facts = {
            secure: session.secure,
            utf8: envelope.smtpUtf8 === true,
            bodyType: String(envelope.bodyType),
            user: session.user,
            connection: session.id,
          };
          if (answer === 250 || answer === 'vanish')
            this.taken.push({ from, to: envelope.rcptTo.map(({ address }) => address), text, ...facts });
          if (answer === 'vanish') for (const one of this.#server.connections) one._socket.destroy();
          else done(answer === 250 ? null : Object.assign(new Error('not this one'), { responseCode: answer }));
        });
      },
      ...options,
    });
    this.#server.on('error', () => {});
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    for (const one of this.#server.connections) one._socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Whoever comes waits until so many have come; then all go on, and the next round begins. */
export class Meeting {
  readonly #of: number;
  #waiting: (() => void)[] = [];
  rounds = 0;

  constructor(of: number) {
    this.#of = of;
  }

  readonly arrive = (): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length < this.#of) return;
      this.rounds += 1;
      for (const goOn of this.#waiting.splice(0)) goOn();
    });
}

type Mx = Awaited<ReturnType<Resolver['mx']>>;

/** Secrets of the test's own. */
export function secretsOf(values: Readonly<Record<string, string>> = {}): SecretStore {
  const secrets = new Map(Object.entries(values));
  return {
    get: async (name) => secrets.get(name),
    put: async (name, value) => void secrets.set(name, value),
    names: async (prefix) => [...secrets.keys()].filter((name) => name.startsWith(prefix)).sort(),
    remove: async (name) => secrets.delete(name),
  };
}

/** A DNS of the test's own. A name with the value 'temporary' does not answer. */
export const dnsOf = (
  mx: Record<string, Mx | 'temporary'>,
  addresses: Record<string, readonly string[] | 'temporary'> = {},
  texts: Record<string, readonly string[] | 'temporary'> = {},
): Resolver => ({
  mx: async (domain) => answered(domain, mx[domain] ?? []),
  addresses: async (host) => answered(host, addresses[host] ?? []).flatMap((text) => parseIp(text) ?? []),
  txt: async (name) => answered(name, texts[name] ?? []),
  pointers: async () => [],
});

function answered<T>(name: string, answer: readonly T[] | 'temporary'): readonly T[] {
  if (answer === 'temporary') throw new DnsTemporary(`no answer for ${name}`);
  return answer;
}

/** The real transport; addresses of the test's DNS lead to hosts on this machine. Whatever is not named refuses the connection. */
export function transportTo(ports: Readonly<Record<string, number>>, asked: HostAddress[] = []): Transport {
  const real = smtpTransport({ connect: 2_000, ready: 5_000, silence: 5_000 });
  const loopback = parseIp('127.0.0.1') as HostAddress['ip'];
  return {
    connect: (to, signal) => {
      asked.push(to);
      return real.connect({ ...to, ip: loopback, port: ports[to.ip] ?? 1 }, signal);
    },
  };
}
