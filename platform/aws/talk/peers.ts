import type { Clock } from '../../../core/values/clock.ts';
import type { ListedProcess } from './process-directory.ts';
import { TalkConnection } from './talk-connection.ts';

/** How long a process that could not be talked to is left alone, ms: a dead one must not cost each login its time. */
const leftAlone = 5_000;
const mostFailed = 1_000;

/** The other processes as this one is connected to them: one connection each, opened when something is to be said. */
export class Peers {
  readonly #connections = new Map<string, { readonly key: Buffer; readonly connection: TalkConnection }>();
  readonly #leftUntil = new Map<string, number>();
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #failed: (address: string) => void;

  /** @param failed told of the address of a process that ended the connection or was not there: it is gone, or knows another key */
  constructor(clock: Pick<Clock, 'monotonic'>, failed: (address: string) => void) {
    this.#clock = clock;
    this.#failed = failed;
  }

  /** @returns undefined when it could not be talked to a moment ago */
  to({ address, key }: Pick<ListedProcess, 'address' | 'key'>): TalkConnection | undefined {
    const open = this.#connections.get(address);
    if (open?.key.equals(key) === true) return open.connection;
    open?.connection.close();
    if ((this.#leftUntil.get(address) ?? Number.NEGATIVE_INFINITY) > this.#clock.monotonic()) return undefined;
    const connection: TalkConnection = new TalkConnection({ address, key }, (failed) => this.#over(address, connection, failed));
    this.#connections.set(address, { key, connection });
    return connection;
  }

  /** Resolves when the network has taken all that was said. */
  async sent(): Promise<void> {
    await Promise.all([...this.#connections.values()].map(({ connection }) => connection.sent()));
  }

  /** Lets go of all connections, after what was said; whoever says more opens them anew. */
  close(): void {
    const open = [...this.#connections.values()];
    this.#connections.clear();
    for (const { connection } of open) connection.close();
  }

  #over(address: string, connection: TalkConnection, failed: boolean): void {
    if (this.#connections.get(address)?.connection === connection) this.#connections.delete(address);
    if (!failed) return;
    if (this.#leftUntil.size >= mostFailed) this.#leftUntil.clear();
    this.#leftUntil.set(address, this.#clock.monotonic() + leftAlone);
    this.#failed(address);
  }
}
