import type { SessionEnd } from '../../core/delivery/outbound-session.ts';
import type { EventLog } from '../../core/observe/event-log.ts';

export interface OutboundWork {
  /** @param stop ends it before its next message */
  run(domain: string, stop: AbortSignal): Promise<SessionEnd>;
  /** Sessions at once; the slots hold the same limit over all processes. */
  most(): number;
  readonly log: EventLog;
}

const mostWaiting = 10_000; // domains; others are found again by the sweep

/** Runs outbound sessions in this process: one per domain at a time, the others wait in line for a place. */
export class OutboundSessions {
  readonly #work: OutboundWork;
  readonly #running = new Map<string, { wokenAgain: boolean; readonly stop: AbortController }>();
  readonly #waiting = new Set<string>();
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(work: OutboundWork) {
    this.#work = work;
  }

  wake(domain: string): void {
    if (this.#closed) return;
    const running = this.#running.get(domain);
    if (running !== undefined) running.wokenAgain = true;
    else if (this.#waiting.size < mostWaiting) this.#waiting.add(domain);
    this.#start();
  }

  /** Ends the session begun last that is not ending yet: its slot is needed. Its domain is found again by the sweep. */
  endOne(): void {
    [...this.#running.values()].findLast(({ stop }) => !stop.signal.aborted)?.stop.abort();
  }

  endAll(): void {
    for (const { stop } of this.#running.values()) stop.abort();
  }

  /** Resolves when all sessions have ended; none is begun any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    this.endAll();
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #start(): void {
    for (const domain of this.#waiting) {
      if (this.#running.size >= this.#work.most()) return;
      this.#waiting.delete(domain);
      const stop = new AbortController();
      this.#running.set(domain, { wokenAgain: false, stop });
      this.#run(domain, stop.signal);
    }
  }

  #run(domain: string, stop: AbortSignal): void {
    this.#work
      .run(domain, stop)
      .catch((error: unknown): SessionEnd => {
        this.#work.log.failure('outbound-session-failed', error, { domain });
        return 'unreachable';
      })
      .then((end) => this.#ended(domain, end));
  }

  #ended(domain: string, end: SessionEnd): void {
    const again = this.#running.get(domain)?.wokenAgain === true;
    this.#running.delete(domain);
    // Without a slot there is nothing to do but wait for the sweep; a row that came while the session was leaving gets the next one.
    if (again && end === 'empty' && !this.#closed) this.#waiting.add(domain);
    if (end !== 'no-slot') this.#start();
    if (this.#running.size === 0) this.#idle?.();
  }
}
