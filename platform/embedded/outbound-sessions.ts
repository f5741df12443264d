import type { DueHops, Seat } from '../../core/delivery/due-hops.ts';
import type { Worked } from '../../core/delivery/outbound-worker.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import type { Clock } from '../../core/values/clock.ts';

export interface OutboundWork {
  /** @param stop ends it before its next message */
  run(seat: Seat, stop: AbortSignal): Promise<Worked>;
  /** Whether one may begin now. */
  mayStart(): boolean;
  /** Sessions at once; the slots hold the same limit over all processes. */
  most(): number;
  readonly due: DueHops;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** Runs outbound sessions in this process: as many as there is work for, and no more than may be. */
export class OutboundSessions {
  readonly #work: OutboundWork;
  readonly #running = new Set<AbortController>();
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(work: OutboundWork) {
    this.#work = work;
  }

  /** Starts sessions for what waits. */
  start(): void {
    const work = this.#work;
    while (!this.#closed && work.mayStart() && this.#running.size < work.most()) {
      const seat = work.due.take(work.clock.now());
      if (seat === undefined) return;
      void this.#run(seat);
    }
  }

  /** Ends the session begun last that is not ending yet: its slot is needed. */
  endOne(): void {
    [...this.#running].findLast(({ signal }) => !signal.aborted)?.abort();
  }

  endAll(): void {
    for (const stop of this.#running) stop.abort();
  }

  /** Resolves when all sessions have ended; none is begun any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.endAll();
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  async #run(seat: Seat): Promise<void> {
    const stop = new AbortController();
    this.#running.add(stop);
    const { domain } = seat;
    const worked = await this.#work.run(seat, stop.signal).catch((error: unknown) => {
      this.#work.log.failure('outbound-session-failed', error, { domain });
      return undefined;
    });
    this.#running.delete(stop);
    // Without a slot, or a store, there is nothing to do but wait for the sweep, or for one of ours to end.
    if (worked !== undefined && worked.end !== 'no-slot') this.start();
    if (this.#running.size === 0) this.#idle?.();
  }
}
