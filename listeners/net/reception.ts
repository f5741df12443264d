import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { EventLog } from '../../core/observe/event-log.ts';
import type { RefusalScope, Refused, TellRefused } from '../../core/observe/refused.ts';
import { listenerSettings } from '../../core/settings/listeners.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { netSettings, networkSettings } from '../../core/settings/network.ts';
import { networkOf, parseIp } from '../../core/values/network.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import type { Admission } from './admission.ts';
import type { AdmittedSession } from './admitted-session.ts';
import { closeGently } from './close-gently.ts';
import { type ClientAddress, ConnectionLost, type TlsFacts } from './connection.ts';
import { tlsFacts } from './key-bits.ts';
import type { ProtocolHandler } from './protocol-handler.ts';
import { HandshakeFailed, ignoreError, tlsHandshake } from './tls-handshake.ts';

export interface ReceptionDeps {
  readonly admission: Admission;
  readonly settings: LiveSettings;
  readonly log: EventLog;
  readonly refused: TellRefused;
  /** For the next handshake. */
  secureContext(protocol: Protocol): SecureContext;
}

/** So many may always be pending, so that clients of a small limit are still told why. */
const leastPending = 64;

/** What happens to one connection, from accept to the last octet. One per protocol: it counts the connections that no session holds (yet). */
export class Reception {
  readonly #handler: ProtocolHandler;
  readonly #deps: ReceptionDeps;
  #pending = 0;

  constructor(handler: ProtocolHandler, deps: ReceptionDeps) {
    this.#handler = handler;
    this.#deps = deps;
  }

  /** @param implicitTls the client begins with a handshake; even a refusal comes after it */
  accept(socket: Socket, implicitTls: boolean): void {
    socket.on('error', ignoreError);
    const client = this.#clientOf(socket);
    if (client === undefined) {
      socket.destroy(); // gone before we looked
      return;
    }
    if (this.#pending >= this.#mostPending) {
      this.#tellRefused(client, 'pending', 'closed-unanswered');
      socket.resetAndDestroy();
      return;
    }
    this.#receive(socket, client, implicitTls).catch((error) => {
      socket.destroy();
      this.#deps.log.failure('connection-failed', error, { protocol: this.#handler.protocol, address: client.ip });
    });
  }

  async #receive(socket: Socket, client: ClientAddress, implicitTls: boolean): Promise<void> {
    const { protocol } = this.#handler;
    const pending = this.#isPending();
    const session = await this.#deps.admission.enter(protocol, client, socket).catch((error) => {
      pending.over();
      throw error;
    });
    if ('refused' in session) {
      if (session.refused === 'store-unavailable') this.#tellRefused(client, 'store-down', session.refused);
      if (session.refused === 'draining') this.#tellRefused(client, 'draining', session.refused);
      await this.#turnAway(socket, session, implicitTls).finally(pending.over);
      return;
    }
    try {
      await this.#serve(socket, session, implicitTls, pending.over);
    } catch (error) {
      this.#tellFailure(error, session);
      if (!isGone(error)) socket.destroy();
    } finally {
      pending.over();
      this.#deps.admission.leave(session);
    }
  }

  async #serve(socket: Socket, session: AdmittedSession, implicitTls: boolean, begun: () => void): Promise<void> {
    const { socket: spoken, tls } = implicitTls ? await this.#handshake(socket) : { socket, tls: undefined };
    begun();
    if (spoken.destroyed) return;
    await this.#handler.serve(spoken, session, tls);
  }

  async #turnAway(socket: Socket, refusal: Refusal, implicitTls: boolean): Promise<void> {
    try {
      const { socket: spoken } = implicitTls ? await this.#handshake(socket) : { socket };
      if (spoken.destroyed) return;
      spoken.write(this.#handler.refuseGreeting(refusal), 'latin1');
      closeGently(spoken);
      await new Promise((closed) => spoken.once('close', closed));
    } catch (error) {
      if (!(error instanceof HandshakeFailed)) throw error;
    }
  }

  async #handshake(socket: Socket): Promise<{ socket: Socket; tls: TlsFacts | undefined }> {
    const timeout = this.#deps.settings.get(netSettings.handshakeTimeout) * 1000;
    const secured = await tlsHandshake(socket, this.#deps.secureContext(this.#handler.protocol), timeout);
    return { socket: secured, tls: tlsFacts(secured) };
  }

  get #mostPending(): number {
    const total = this.#deps.settings.get(listenerSettings[this.#handler.protocol].sessions);
    return total === 0 ? Number.POSITIVE_INFINITY : Math.max(leastPending, 2 * total);
  }

  /** Limits are told where they are asked (Admission). */
  #tellRefused({ network }: ClientAddress, scope: RefusalScope, refused: Refused['refused']): void {
    this.#deps.refused({ protocol: this.#handler.protocol, network, scope, refused, observed: false });
  }

  #isPending(): { over: () => void } {
    this.#pending++;
    let isOver = false;
    return {
      over: () => {
        if (!isOver) this.#pending--;
        isOver = true;
      },
    };
  }

  #clientOf(socket: Socket): ClientAddress | undefined {
    const ip = parseIp(socket.remoteAddress ?? '');
    if (ip === undefined) return undefined;
    const { settings } = this.#deps;
    const network = networkOf(ip, settings.get(networkSettings.ipv4Prefix), settings.get(networkSettings.ipv6Prefix));
    return { ip, port: socket.remotePort ?? 0, network };
  }

  #tellFailure(error: unknown, session: AdmittedSession): void {
    const who = { session: session.id, protocol: session.protocol, address: session.client.ip };
    if (error instanceof HandshakeFailed) this.#deps.log.event('tls-handshake-failed', { ...who, reason: error.message });
    else if (!(error instanceof ConnectionLost)) this.#deps.log.failure('session-failed', error, who);
  }
}

const isGone = (error: unknown): boolean => error instanceof HandshakeFailed || error instanceof ConnectionLost;
