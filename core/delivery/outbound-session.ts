import type { MessageBodies } from '../mailbox/message-bodies.ts';
import type { OutboundCounts } from '../observe/outbound-counts.ts';
import type { OutboundResult } from '../observe/outbound-outcomes.ts';
import { outboundSettings } from '../settings/outbound.ts';
import type { SpoolRowId } from '../values/ids.ts';
import type { Seat } from './due-hops.ts';
import { keepClaim, newClaim } from './keep-claim.ts';
import { mailOf, wayOfRow } from './row-way.ts';
import { takeInHand } from './rows-in-hand.ts';
import { type ConnectionDeps, SessionConnection, type Unreachable } from './session-connection.ts';
import { type SettleDeps, type Settled, settleAnswered, settleUnreached, settleUntried } from './settle-row.ts';
import { type SigningDeps, signed } from './signed.ts';
import type { SpoolRow } from './spool.ts';
import { ConnectionBroken, type Outgoing, type RecipientResult, type TransportConnection } from './transport.ts';

export interface OutboundDeps extends ConnectionDeps, SettleDeps, SigningDeps {
  readonly bodies: MessageBodies;
  readonly accounts: SettleDeps['accounts'] & SigningDeps['accounts'];
  readonly outboundCounts: OutboundCounts;
  /** Asks the spool what else is due, when nothing known is. @default - whoever starts the sessions keeps asking */
  readonly look?: () => Promise<void>;
}

/** Why a session that had a slot ended. `cap`: `outbound/messages-per-session`; `time`: its process is about to be cut off. */
export type SessionEnd = 'empty' | 'cap' | 'time' | 'stopped';

/** Reason of an abort: the process will be cut off soon. */
export const timeOver = 'time';

const mostBroken = 3; // connections lost within a message, one after the other, before a way is left alone
const deadFor = 30_000; // ms a session does not try again what it found unreachable
const mostGivenBack = 1_000; // rows remembered; sessions may live for days
const restAtOnce = 50; // rows that share what one of them found out

interface Dead {
  readonly way: string;
  readonly why: Unreachable;
}

/**
 * One outbound session: delivers due messages one after the other, of one next hop after the other, over one connection as long as that leads
 * to where the next message goes. Deferred, refused and unreachable rows are settled here; nothing is thrown for what other hosts do.
 */
export class OutboundSession {
  readonly #seat: Seat;
  readonly #deps: OutboundDeps;
  readonly #stop: AbortSignal;
  readonly #connection: SessionConnection;
  readonly #dead = new Map<string, { readonly why: Unreachable; readonly until: number }>();
  readonly #broken = new Map<string, number>();
  /** Rows that another connection than theirs was to take. */
  readonly #gaveBack = new Set<SpoolRowId>();
  #end: SessionEnd = 'empty';
  #hasLooked = false;
  /** Handed over, whatever was answered. */
  messages = 0;

  /** @param stop aborts between messages: the one being sent is finished, one that has not begun keeps its row as it was */
  constructor(seat: Seat, deps: OutboundDeps, stop: AbortSignal) {
    this.#seat = seat;
    this.#deps = deps;
    this.#stop = stop;
    this.#connection = new SessionConnection(deps);
  }

  get connections(): number {
    return this.#connection.opened;
  }

  async run(): Promise<SessionEnd> {
    try {
      let row = await this.#claimNext();
      while (row !== undefined) row = await this.#serve(row);
      return this.#end;
    } finally {
      this.#seat.leave(this.#deps.clock.now());
      await this.#connection.close();
    }
  }

  /** A row of the next hop it is at, or of the one whose turn it is. */
  async #claimNext(): Promise<SpoolRow | undefined> {
    const { clock } = this.#deps;
    while (this.#mayGoOn()) {
      const domain = this.#seat.next(clock.now());
      if (domain === undefined) {
        if (!(await this.#looked())) return undefined;
        continue;
      }
      const [row] = await this.#claim(domain, 1);
      if (row !== undefined) {
        this.#hasLooked = false;
        return row;
      }
      this.#seat.none(clock.now());
    }
    return undefined;
  }

  #mayGoOn(): boolean {
    const cap = this.#deps.settings.get(outboundSettings.messagesPerSession);
    if (this.#stop.aborted) this.#end = this.#stop.reason === timeOver ? 'time' : 'stopped';
    else if (!this.#deps.slots.mayAct()) this.#end = 'stopped';
    else if (cap > 0 && this.messages >= cap) this.#end = 'cap';
    else return true;
    return false;
  }

  /** Once between two rows, so that it ends. */
  async #looked(): Promise<boolean> {
    if (this.#hasLooked || this.#deps.look === undefined) return false;
    this.#hasLooked = true;
    await this.#deps.look();
    return true;
  }

  #claim(domain: string, most: number): Promise<readonly SpoolRow[]> {
    const { spool, clock, holder } = this.#deps;
    return spool.claimDue({ kind: 'domain', domain }, clock.now(), newClaim(holder, clock), most);
  }

  /** @returns the next row */
  async #serve(row: SpoolRow): Promise<SpoolRow | undefined> {
    const { spool, clock, holder } = this.#deps;
    const done = takeInHand(row.id, holder, spool);
    if (done === false) return this.#claimNext();
    const served = await keepClaim(row, holder, spool, clock, (lost) => this.#deliver(row, lost)).finally(done);
    if (served === undefined || !('why' in served)) return served;
    await this.#settleRest(served);
    return this.#claimNext();
  }

  /** @returns the next row, or why this row's way is dead */
  async #deliver(row: SpoolRow, lost: AbortSignal): Promise<SpoolRow | Dead | undefined> {
    const way = wayOfRow(row, this.#deps.settings);
    const signal = AbortSignal.any([lost, this.#stop]);
    const to = this.#isDead(way) ?? (await this.#connection.to(mailOf(row), way, signal));
    if (to === undefined || signal.aborted) return this.#giveBack(row);
    if ('reason' in to) return this.#unreachable(row, way, to);
    this.#seat.reached();
    return this.#send(row, way, to.connection);
  }

  async #send(row: SpoolRow, way: string, connection: TransportConnection): Promise<SpoolRow | Dead | undefined> {
    this.messages += 1;
    let results: readonly RecipientResult[];
    try {
      results = await connection.send(signed(outgoing(row, this.#deps.bodies), row, this.#deps));
    } catch (error) {
      if (error instanceof ConnectionBroken && !error.afterData && this.#mayGoOverAnother(row)) return this.#overAnother(row);
      return this.#brokeOff(row, way, error);
    }
    if (results.every(isGoodbye) && this.#mayGoOverAnother(row)) return this.#overAnother(row);
    this.#connection.served += 1;
    this.#broken.delete(way);
    const reason = results.map(({ reply }) => reply)[0] ?? '';
    const attempt = this.#connection.attempt(reason);
    return this.#andNext(settleAnswered(row, results, attempt, this.#deps).then((settled) => this.#told(row, settled, reason)));
  }

  /** A message that draws it out of the host each time gets no third chance. */
  #mayGoOverAnother({ id }: SpoolRow): boolean {
    return this.#connection.served > 0 && !this.#gaveBack.has(id);
  }

  /** A host may end a connection that has served: that is said of the connection, not of the message, which goes over a new one at once. */
  async #overAnother(row: SpoolRow): Promise<SpoolRow | undefined> {
    this.messages -= 1;
    if (this.#gaveBack.size >= mostGivenBack) this.#gaveBack.clear();
    this.#gaveBack.add(row.id);
    await this.#connection.drop();
    return this.#giveBack(row);
  }

  /** Broken before the final reply: nobody knows whether it was taken. Twice is better than never (RFC 5321 section 6.1). */
  async #brokeOff(row: SpoolRow, way: string, error: unknown): Promise<SpoolRow | Dead | undefined> {
    const isTheirs = error instanceof ConnectionBroken;
    if (!isTheirs) this.#deps.log.failure('outbound-message-failed', error, { message: row.message, row: row.id });
    const reason = `${isTheirs ? '4.4.2' : '4.3.0'} ${error instanceof Error ? error.message : String(error)}`;
    const attempt = this.#connection.attempt(reason);
    await this.#connection.drop();
    this.#told(row, await settleUnreached(row, reason, false, attempt, this.#deps), reason);
    const broken = (this.#broken.get(way) ?? 0) + (isTheirs ? 1 : 0);
    this.#broken.set(way, broken);
    return broken < mostBroken ? this.#claimNext() : this.#leaveAlone(way, { reason, never: false, attempt });
  }

  /** The end of one row and the claim of the next are asked for together, so that one commit can carry both. */
  async #andNext(settling: Promise<void>): Promise<SpoolRow | undefined> {
    const [settled, next] = await Promise.allSettled([settling, this.#claimNext()]);
    if (settled.status === 'fulfilled' && next.status === 'fulfilled') return next.value;
    if (next.status === 'fulfilled' && next.value !== undefined) await this.#putBack(next.value).catch(() => {}); // or its claim runs out
    throw settled.status === 'rejected' ? settled.reason : (next as PromiseRejectedResult).reason;
  }

  /** Nothing was tried, which says nothing about the next hop and is no attempt of the row. @returns the next row, unless it was told to stop */
  async #giveBack(row: SpoolRow): Promise<SpoolRow | undefined> {
    await this.#putBack(row);
    return this.#claimNext();
  }

  async #putBack(row: SpoolRow): Promise<void> {
    const { spool, holder } = this.#deps;
    if (await spool.giveBack(row.id, holder)) this.#seat.back();
  }

  #isDead(way: string): Unreachable | undefined {
    const dead = this.#dead.get(way);
    return dead !== undefined && this.#deps.clock.now() < dead.until ? dead.why : undefined;
  }

  async #unreachable(row: SpoolRow, way: string, why: Unreachable): Promise<SpoolRow | Dead | undefined> {
    if (why.retryAt !== undefined && (why.isFull || (why.attempt === undefined && this.#seat.hasCompany)))
      return this.#full(row, why, why.retryAt);
    await this.#settleAs(row, why);
    return this.#leaveAlone(way, why);
  }

  /** Whoever has the connections that are to be had goes on with the rows. */
  async #full(row: SpoolRow, why: Unreachable, until: number): Promise<SpoolRow | undefined> {
    const { hasCompany } = this.#seat;
    this.#seat.full(until);
    if (hasCompany) return this.#giveBack(row);
    await this.#settleAs(row, why);
    return this.#claimNext();
  }

  #leaveAlone(way: string, why: Unreachable): Dead {
    if (why.ofDomain !== true) {
      const now = this.#deps.clock.now();
      for (const [known, { until }] of this.#dead) if (until <= now) this.#dead.delete(known); // a session may live for days
      this.#dead.set(way, { why, until: now + deadFor });
      this.#broken.delete(way);
    }
    this.#seat.unreachable();
    return { way, why };
  }

  /** What is true of a way is true of all that would go it: no message has to find out for itself. Rows of other ways keep their turn. */
  async #settleRest({ way, why }: Dead): Promise<void> {
    const { clock, settings } = this.#deps;
    const { domain } = this.#seat;
    while (domain !== undefined && this.#mayGoOn()) {
      const rows = await this.#claim(domain, restAtOnce);
      const others = rows.filter((row) => wayOfRow(row, settings) !== way);
      await Promise.all(rows.map((row) => this.#settleOneOfRest(row, others.includes(row) ? undefined : why)));
      if (others.length > 0) return;
      if (rows.length < restAtOnce) return this.#seat.none(clock.now());
    }
  }

  /** @param why undefined: the row goes another way */
  async #settleOneOfRest(row: SpoolRow, why: Unreachable | undefined): Promise<void> {
    const done = takeInHand(row.id, this.#deps.holder, this.#deps.spool);
    if (done === false) return;
    await (why === undefined ? this.#putBack(row) : this.#settleAs(row, why)).finally(done);
  }

  async #settleAs(row: SpoolRow, { reason, never, attempt, retryAt }: Unreachable): Promise<void> {
    const settled =
      attempt === undefined && retryAt !== undefined
        ? await settleUntried(row, reason, retryAt, this.#deps)
        : await settleUnreached(row, reason, never, attempt ?? { at: this.#deps.clock.now(), result: reason }, this.#deps);
    this.#told(row, settled, reason);
  }

  #told(row: SpoolRow, settled: Settled, reason: string): void {
    const domain = row.nextHop.kind === 'domain' ? row.nextHop.domain : '';
    this.#deps.outboundCounts.settled(resultOf[settled]);
    this.#deps.log.event('outbound-settled', { message: row.message, row: row.id, domain, settled, reason });
  }
}

const isGoodbye = (one: RecipientResult): boolean => one.result === 'refused' && one.reply.startsWith('421');

const resultOf = {
  finished: 'delivered',
  bounced: 'failed',
  deferred: 'deferred',
  held: 'failed',
  'claim-lost': 'lost',
} as const satisfies Record<Settled, OutboundResult>;

const outgoing = (row: SpoolRow, bodies: MessageBodies): Outgoing => ({
  reversePath: row.reversePath,
  recipients: row.recipients,
  ...(row.reports === undefined ? {} : { reports: row.reports }),
  ...(row.requireTls === undefined ? {} : { requireTls: row.requireTls }),
  declared: row.declared,
  size: row.facts.size,
  read: () => bodies.read(row.body, 0, row.facts.size),
});
