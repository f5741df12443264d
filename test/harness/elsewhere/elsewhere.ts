import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { loopbackFor } from './documented-networks.ts';
import type { MxScript } from './faults.ts';
import { FaultyMx } from './faulty-mx.ts';
import { NameServer } from './name-server.ts';
import type { SeenConnection, TakenMessage } from './record.ts';

/** Below the ports that systems give to outgoing connections. */
const [lowest, highest] = [12_000, 32_000];
const patience = 60_000; // ms; nothing is proven by how fast it is

/** All other mail hosts there are, and their DNS, on this machine. */
export class Elsewhere {
  readonly dns: NameServer;
  /** Of every host. */
  readonly port: number;
  readonly hosts: FaultyMx[] = [];
  readonly #lock: Server;
  readonly #waiting = new Set<() => void>();

  static async open(t: { after(run: () => Promise<void>): void }): Promise<Elsewhere> {
    const [lock, port] = await ownPort();
    const elsewhere = new Elsewhere(await NameServer.open(), lock, port);
    t.after(() => elsewhere.close());
    return elsewhere;
  }

  private constructor(dns: NameServer, lock: Server, port: number) {
    this.dns = dns;
    this.port = port;
    this.#lock = lock;
  }

  /** A mail host at an address of the documentation networks; it accepts connections at once. */
  async host(ip: string, script: MxScript = {}, name = `mx-${ip.replaceAll(/[.:]/g, '-')}.example`): Promise<FaultyMx> {
    const mx = this.silentHost(ip, script, name);
    await mx.listen();
    return mx;
  }

  /** A mail host at whose address nobody listens yet. */
  silentHost(ip: string, script: MxScript = {}, name = `mx-${ip.replaceAll(/[.:]/g, '-')}.example`): FaultyMx {
    const mx = new FaultyMx(name, { ip: loopbackFor(ip), port: this.port }, script, () => this.#told());
    this.hosts.push(mx);
    this.dns.set(name, ip.includes(':') ? { aaaa: [ip] } : { a: [ip] });
    return mx;
  }

  /** @param hosts the best first; those of one array are equals */
  domain(name: string, ...hosts: readonly (FaultyMx | readonly FaultyMx[])[]): void {
    const mx = hosts.flatMap((equals, i) => [equals].flat().map((host) => ({ preference: 10 * (i + 1), host: host.name })));
    this.dns.set(name, { mx });
  }

  /** Messages whose final dot came, at any host. */
  messages(): readonly TakenMessage[] {
    return this.hosts.flatMap(({ messages }) => messages);
  }

  connections(): readonly SeenConnection[] {
    return this.hosts.flatMap(({ connections }) => connections);
  }

  /** Goes on when `isTrue`, which is looked at whenever a host saw something. */
  async until(what: string, isTrue: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(patience);
    while (!isTrue()) {
      if (deadline.aborted) throw new Error(`waited in vain for ${what}`);
      await this.#something(deadline);
    }
  }

  async close(): Promise<void> {
    for (const host of this.hosts) host.close();
    this.dns.close();
    this.#lock.close();
  }

  #something(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        deadline.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      deadline.addEventListener('abort', done);
    });
  }

  #told(): void {
    for (const wake of this.#waiting) wake();
  }
}

/** A port that no other test uses on any loopback address: it is kept on the first one as long as this server stands. */
async function ownPort(): Promise<readonly [Server, number]> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (isFree) return [server, port];
  }
}
