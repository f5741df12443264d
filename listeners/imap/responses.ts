import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from '../net/connection.ts';

const flushAt = 32 * 1024; // octets of small responses that go out as one write

/**
 * Untagged responses of one command on their way out: short lines are gathered into larger writes, and each method's promise is the
 * client's back-pressure. Lives as long as the command.
 */
export class Responses {
  readonly #connection: Pick<Connection, 'write'>;
  #text = '';

  constructor(connection: Pick<Connection, 'write'>) {
    this.#connection = connection;
  }

  /** @param text one response without its CRLF. @returns a promise when the caller must wait */
  line(text: string): Promise<void> | undefined {
    return this.raw(`${text}\r\n`);
  }

  /** @param text latin1 octets, as they are */
  raw(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length >= flushAt ? this.#pass() : undefined;
  }

  /** What makes so much text may have more to say: others get their turn in between. */
  async #pass(): Promise<void> {
    await this.flush();
    await nextTurn();
  }

  async octets(chunk: Uint8Array): Promise<void> {
    await this.flush();
    await this.#connection.write(chunk);
  }

  flush(): Promise<void> | undefined {
    if (this.#text === '') return undefined;
    const text = this.#text;
    this.#text = '';
    return this.#connection.write(text);
  }
}
