import type { MessageBodies } from '../mailbox/message-bodies.ts';
import { outboundLimit } from '../slots/applied-limit.ts';
import type { Hold, Slots } from '../slots/slots.ts';
import type { ConnectDeps, Connected } from './connect-next-host.ts';
import { connectRoute } from './connect-route.ts';
import { keepClaim, newClaim } from './keep-claim.ts';
import { hopOf, knownUnreachable } from './known-unreachable.ts';
import { type RouteDeps, routeTo } from './route.ts';
import { type SettleDeps, type Settled, settleAnswered, settleUnreached } from './settle-row.ts';
import type { NextHop, SpoolRow } from './spool.ts';
import type { Outgoing, RecipientResult, TransportConnection } from './transport.ts';

export interface OutboundDeps extends RouteDeps, SettleDeps, ConnectDeps {
  readonly bodies: MessageBodies;
}

/** Why a session ended. `no-slot`: none of `outbound/sessions` was free, nothing was tried. */
export type SessionEnd = 'empty' | 'no-slot' | 'unreachable' | 'stopped';

type RemoteHop = Extract<NextHop, { kind: 'domain' }>;

const settleTries = 5;
const settlePause = 1_000; // ms
const mostBroken = 3; // connections lost in a message before the hop is left alone

/**
 * One outbound session: holds a slot of `outbound/sessions` and delivers the due messages of one next hop over one connection, one after
 * the other, until none is left. Deferred, refused and unreachable rows are settled here; nothing is thrown for what other hosts do.
 * @param stop aborts between messages: the one being sent is finished, one that has not begun keeps its row as it was
 */
export async function runOutboundSession(hop: RemoteHop, deps: OutboundDeps, stop: AbortSignal): Promise<SessionEnd> {
  const { key, limit, kind, observe } = outboundLimit({ settings: deps.settings, now: deps.clock.now() });
  const slot = await deps.slots.take({ key, limit, kind, observe });
  if (!isHold(slot)) return 'no-slot';
  const session = new OutboundSession(hop, deps, stop);
  try {
    return await session.run();
  } finally {
    await session.close().finally(() => slot.release());
  }
}

const isHold = (answer: Awaited<ReturnType<Slots['take']>>): answer is Hold => typeof answer === 'object' && 'release' in answer;

class OutboundSession {
  readonly #hop: RemoteHop;
  readonly #deps: OutboundDeps;
  readonly #stop: AbortSignal;
  #connected: Connected | undefined;
  #broken = 0;

  constructor(hop: RemoteHop, deps: OutboundDeps, stop: AbortSignal) {
    this.#hop = hop;
    this.#deps = deps;
    this.#stop = stop;
  }

  async run(): Promise<SessionEnd> {
    while (!this.#stop.aborted && this.#deps.slots.mayAct()) {
      const [row] = await this.#claim(1);
      if (row === undefined) return 'empty';
      const unreachable = await this.#deliver(row);
      if (unreachable === undefined) continue;
      if (unreachable === 'broken-off') return 'stopped';
      await this.#settleRest(unreachable);
      return 'unreachable';
    }
    return 'stopped';
  }

  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    await connected?.close();
  }

  #claim(most: number): Promise<readonly SpoolRow[]> {
    const { spool, clock, holder } = this.#deps;
    return spool.claimDue(this.#hop, clock.now(), newClaim(holder, clock), most);
  }

  /**
   * @returns why the whole hop can't be reached, when that is so; `broken-off`: nothing was tried, which says nothing about the hop and is
   *   no attempt of the row. Its claim ends by itself
   */
  async #deliver(row: SpoolRow): Promise<Unreachable | 'broken-off' | undefined> {
    const { spool, clock, holder } = this.#deps;
    return keepClaim(row, holder, spool, clock, async (lost) => {
      const connected = await this.#connect(row, AbortSignal.any([lost, this.#stop]));
      if (connected === 'broken-off') return connected;
      if ('reason' in connected) {
        this.#told(row, await settleUnreached(row, connected.reason, connected.never, this.#deps), connected.reason);
        return connected;
      }
      return this.#send(row, connected);
    });
  }

  async #send(row: SpoolRow, connection: TransportConnection): Promise<Unreachable | undefined> {
    let results: readonly RecipientResult[];
    try {
      results = await connection.send(outgoing(row, this.#deps.bodies));
    } catch (error) {
      // Broken before the final reply: nobody knows whether it was taken. Twice is better than never (RFC 5321 section 6.1).
      const reason = `4.4.2 ${error instanceof Error ? error.message : String(error)}`;
      await this.close();
      this.#told(row, await settleUnreached(row, reason, false, this.#deps), reason);
      this.#broken += 1;
      return this.#broken < mostBroken ? undefined : { reason, never: false };
    }
    const reason = results.map(({ reply }) => reply)[0] ?? '';
    this.#told(row, await this.#settleSurely(row, results), reason);
    return undefined;
  }

  /** The message is out: it would go out again if a store that is busy for a while could keep that from being noted. */
  async #settleSurely(row: SpoolRow, results: readonly RecipientResult[]): Promise<Settled> {
    for (let left = settleTries - 1; ; left -= 1) {
      try {
        return await settleAnswered(row, results, this.#deps);
      } catch (error) {
        if (left === 0) throw error;
        await this.#deps.clock.sleep(settlePause);
      }
    }
  }

  async #connect({ reversePath }: SpoolRow, signal: AbortSignal): Promise<TransportConnection | Unreachable | 'broken-off'> {
    if (this.#connected?.connection.usable === true) return this.#connected.connection;
    await this.close();
    const mail = { domain: this.#hop.domain, sender: reversePath };
    const known = await knownUnreachable(mail, this.#deps);
    if (known !== undefined) return { reason: known.reason, never: false };
    const route = await routeTo(mail, this.#deps);
    if (route.kind !== 'hosts') return { reason: route.reason, never: route.kind === 'never' };
    const connected = await connectRoute(route, { ...this.#deps, hop: hopOf(mail, this.#deps) }, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (connected === undefined) return 'broken-off';
    if (!connected.connected) return { reason: connected.reason, never: false };
    this.#connected = connected;
    return connected.connection;
  }

  /** What is true of the hop is true of all that waits for it: no message has to find out for itself. */
  async #settleRest({ reason, never }: Unreachable): Promise<void> {
    while (!this.#stop.aborted) {
      const rows = await this.#claim(100);
      for (const row of rows) this.#told(row, await settleUnreached(row, reason, never, this.#deps), reason);
      if (rows.length === 0) return;
    }
  }

  #told(row: SpoolRow, settled: Settled, reason: string): void {
    this.#deps.log.event('outbound-settled', { message: row.message, row: row.id, domain: this.#hop.domain, settled, reason });
  }
}

interface Unreachable {
  readonly reason: string;
  readonly never: boolean;
}

const outgoing = (row: SpoolRow, bodies: MessageBodies): Outgoing => ({
  reversePath: row.reversePath,
  recipients: row.recipients,
  ...(row.reports === undefined ? {} : { reports: row.reports }),
  ...(row.requireTls === undefined ? {} : { requireTls: row.requireTls }),
  declared: row.declared,
  size: row.facts.size,
  read: () => bodies.read(row.body, 0, row.facts.size),
});
