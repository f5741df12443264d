import type { RefusalScope } from '../../core/observe/refused.ts';
import { listenerSettings } from '../../core/settings/listeners.ts';
import { addressLimit, type Ruling, totalLimit, unreservedLimit } from '../../core/slots/applied-limit.ts';
import type { Full, Hold } from '../../core/slots/slots.ts';
import type { NewId, SessionId } from '../../core/values/ids.ts';
import type { Protocol } from '../../core/values/protocol.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { AdmittedSession, type Link, type SessionDeps } from './admitted-session.ts';
import type { ClientAddress } from './connection.ts';
import type { ProcessSessions } from './process-sessions.ts';
import type { SessionRegistry } from './session-registry.ts';
import { takeApplied } from './take-slot.ts';

export interface AdmissionDeps extends SessionDeps {
  readonly newId: NewId;
  readonly sessions: SessionRegistry;
  readonly processSessions: ProcessSessions;
}

/** One thing a connection needs, in the order they are taken. */
interface Step {
  readonly scope: RefusalScope;
  take(): Promise<Hold | Full | Refusal> | Hold | Full;
  /** What the client hears when it is full. */
  told(full: Full): Refusal;
}

/**
 * Lets connections in: a place in this process, a slot of the total, then one of the client's address. The account's comes at login
 * (AdmittedSession). What an admitted session holds is given back by `leave`, and only there.
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
    for (const { scope, take: takeIt, told } of this.#steps(protocol, client)) {
      const taken = await takeIt();
      if ('refused' in taken) return taken;
      const full = 'full' in taken ? taken : taken.over;
      if (full !== undefined)
        this.#deps.refused({
          protocol,
          network: client.network,
          scope,
          refused: told(full).refused,
          used: full.used,
          limit: full.limit,
          observed: taken !== full,
        });
      if ('full' in taken) return told(taken);
      holds.push(taken);
    }
    return undefined;
  }

  #steps(protocol: Protocol, client: ClientAddress): readonly Step[] {
    const { settings, clock, processSessions } = this.#deps;
    const ruling: Ruling = { settings, now: clock.now() };
    const { sessionsPerProcess } = listenerSettings[protocol];
    const unreserved = unreservedLimit(ruling, protocol, client);
    return [
      {
        scope: 'process',
        take: () => processSessions.enter(protocol, settings.get(sessionsPerProcess), settings.get(sessionsPerProcess.mode) === 'observe'),
        told: totalFull,
      },
      { scope: 'total', take: () => takeApplied(this.#deps, totalLimit(ruling, protocol)), told: totalFull },
      ...(unreserved === undefined
        ? []
        : [{ scope: 'reserved', take: () => takeApplied(this.#deps, unreserved), told: totalFull } as const]),
      { scope: 'address', take: () => takeApplied(this.#deps, addressLimit(ruling, protocol, client)), told: addressFull },
    ];
  }
}

const totalFull = (): Refusal => ({ refused: 'total-full' });
const addressFull = ({ used, limit }: Full): Refusal => ({ refused: 'address-full', used, limit });
