import { addressKey, sessionsKey } from '../../core/slots/slot-key.ts';
import type { Hold } from '../../core/slots/slots.ts';
import type { NewId, SessionId } from '../../core/values/ids.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { AdmittedSession, type Link, type SessionDeps, sessionLimits } from './admitted-session.ts';
import type { ClientAddress } from './connection.ts';
import type { SessionRegistry } from './session-registry.ts';
import { take } from './take-slot.ts';

export interface AdmissionDeps extends SessionDeps {
  readonly newId: NewId;
  readonly sessions: SessionRegistry;
}

/**
 * Lets connections in: a slot of the total, then one of the client's address. The account's comes at login (AdmittedSession).
 * What an admitted session holds is given back by `leave`, and only there.
 */
export class Admission {
  readonly #deps: AdmissionDeps;
  #draining = false;

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
  }

  /** From now on nobody is let in. */
  close(): void {
    this.#draining = true;
  }

  async enter(protocol: Protocol, client: ClientAddress, link: Link): Promise<AdmittedSession | Refusal> {
    if (this.#draining) return { refused: 'draining' };
    const holds: Hold[] = [];
    const refusal = await this.#takeInto(holds, protocol, client);
    if (refusal !== undefined || this.#draining) {
      for (const hold of holds.reverse()) hold.release();
      return refusal ?? { refused: 'draining' };
    }
    const session = new AdmittedSession(this.#deps.newId() as SessionId, protocol, client, holds, link, this.#deps);
    this.#deps.sessions.add(session);
    return session;
  }

  leave(session: AdmittedSession): void {
    session.over();
    this.#deps.sessions.remove(session);
  }

  async #takeInto(holds: Hold[], protocol: Protocol, client: ClientAddress): Promise<Refusal | undefined> {
    const limits = sessionLimits(this.#deps.settings, protocol);
    const total = await take(this.#deps, { key: sessionsKey(protocol), limit: limits.total, kind: 'total' });
    if ('refused' in total) return total;
    if ('full' in total) return { refused: 'total-full' };
    holds.push(total);
    const address = await take(this.#deps, { key: addressKey(protocol, client.network), limit: limits.perAddress, kind: 'shared' });
    if ('refused' in address) return address;
    if ('full' in address) return { refused: 'address-full', used: address.used, limit: address.limit };
    holds.push(address);
    return undefined;
  }
}
