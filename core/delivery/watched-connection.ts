import type { OpenConnection } from './open-connections.ts';
import type { Outgoing, PeerLimits, RecipientResult, TransportConnection } from './transport.ts';

/** A connection whose 421 replies are looked at, and that takes no more messages when its slot is needed. */
export class WatchedConnection implements TransportConnection {
  readonly #connection: TransportConnection;
  readonly #open: OpenConnection;
  readonly #heard: (reply: string) => Promise<unknown>;

  /** @param heard is told each 421 while the connection still counts as open */
  constructor(connection: TransportConnection, open: OpenConnection, heard: (reply: string) => Promise<unknown>) {
    this.#connection = connection;
    this.#open = open;
    this.#heard = heard;
  }

  get usable(): boolean {
    return this.#open.isWanted && this.#connection.usable;
  }

  get verified(): boolean | undefined {
    return this.#connection.verified;
  }

  get limits(): PeerLimits {
    return this.#connection.limits;
  }

  async send(message: Outgoing): Promise<readonly RecipientResult[]> {
    const results = await this.#connection.send(message);
    const refusal = results.find(({ result, reply }) => result === 'refused' && reply.startsWith('421'));
    if (refusal !== undefined) await this.#heard(refusal.reply);
    return results;
  }

  takeDialogue(): readonly string[] {
    return this.#connection.takeDialogue();
  }

  quit(): Promise<void> {
    return this.#connection.quit();
  }
}
