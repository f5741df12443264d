import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { Fault, Slowness } from './faults.ts';
import { Octets } from './octets.ts';

const garbage = Buffer.from('\x00\x15\xff\xfe no such protocol \x00\r\n', 'latin1');

/** A host's end of a connection: replies, slow if told to, and everything that goes wrong below SMTP. */
export class LineSocket {
  readonly #raw: Socket;
  #socket: Socket;
  #octets: Octets;
  readonly #slow: Slowness;

  constructor(raw: Socket, slow: Slowness) {
    this.#raw = raw;
    this.#socket = raw;
    this.#slow = slow;
    raw.on('error', () => {}); // shows as the end
    this.#octets = new Octets(raw);
  }

  get octets(): Octets {
    return this.#octets;
  }

  /** @returns true when the reply is on its way, false when the connection is over */
  async reply(text: string): Promise<boolean> {
    if (this.#slow.reply !== undefined) await pause(this.#slow.reply);
    if (this.#octets.ended || !this.#socket.writable) return false;
    const octets = Buffer.from(`${text}\r\n`, 'latin1');
    if (this.#slow.octet === undefined) this.#socket.write(octets);
    else
      for (const octet of octets) {
        if (!this.#socket.writable) return false;
        this.#socket.write(Buffer.of(octet));
        await pause(this.#slow.octet);
      }
    return true;
  }

  /** Does it. Afterwards the connection is over, unless it was a reply other than 421. @returns whether the dialogue goes on */
  async suffer(fault: Fault): Promise<boolean> {
    if (typeof fault === 'object') {
      const alive = await this.reply(fault.reply);
      if (!fault.reply.startsWith('421')) return alive;
      this.end();
      return false;
    }
    if (fault === 'drop') this.#raw.resetAndDestroy();
    else if (fault === 'silence') await this.#octets.untilEnd();
    else if (fault === 'garbage') this.#raw.end(garbage);
    this.end();
    return false;
  }

  /** Says no more; what was said is still delivered. */
  end(): void {
    this.#socket.end();
    this.#raw.end();
  }

  /** @returns the name that was asked for (or none); false when the handshake failed */
  async secure(tls: { readonly key: string; readonly certificate: string }): Promise<{ readonly servername: string | undefined } | false> {
    this.#octets.leave();
    const secure = new TLSSocket(this.#raw, { isServer: true, key: tls.key, cert: tls.certificate });
    const done = await new Promise<boolean>((resolve) => {
      secure.once('secure', () => resolve(true));
      for (const event of ['error', '_tlsError', 'close']) secure.on(event, () => resolve(false));
      this.#raw.once('close', () => resolve(false));
    });
    this.#socket = secure;
    this.#octets = new Octets(secure);
    if (!done) this.#raw.destroy();
    return done && { servername: typeof secure.servername === 'string' ? secure.servername : undefined };
  }
}
