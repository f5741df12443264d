import { type CollectDeps, type CollectEnd, runCollectingSession } from '../../core/collect/collecting-session.ts';
import { lookEvery, planCollect } from '../../core/collect/plan-collect.ts';

/** The schedule and the collecting sessions of this process. */
export class Collecting {
  readonly #deps: CollectDeps;
  readonly #sessions = new Set<{ readonly stop: AbortController; readonly ended: Promise<void> }>();
  readonly #stop = new AbortController();
  /** After `full` one session at a time looks whether that is still so: the others would claim in vain. */
  #lastEnd: CollectEnd = 'empty';
  readonly #looking: Promise<void>;

  constructor(deps: CollectDeps) {
    this.#deps = deps;
    this.#looking = this.#lookOften();
  }

  /** Ends the session begun last that is not ending yet: its slot is needed. What it leaves is found by the others. */
  endOne(): void {
    [...this.#sessions].findLast(({ stop }) => !stop.signal.aborted)?.stop.abort();
  }

  endAll(): void {
    for (const { stop } of this.#sessions) stop.abort();
  }

  /** Resolves when all sessions have ended; none is begun any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.endAll();
    await this.#looking;
    await Promise.all([...this.#sessions].map(({ ended }) => ended));
  }

  async #lookOften(): Promise<void> {
    const { clock, log } = this.#deps;
    while (!this.#stop.signal.aborted) {
      const wait = await this.#look().catch((error: unknown) => {
        log.failure('collect-sweep-failed', error);
        return lookEvery;
      });
      await clock.sleep(wait, this.#stop.signal);
    }
  }

  /** @returns ms until the next look */
  async #look(): Promise<number> {
    const { sessions, again } = await planCollect(this.#deps, this.#sessions.size);
    const begun = this.#lastEnd === 'full' ? Math.min(sessions, 1) : sessions;
    for (let i = 0; i < begun && !this.#stop.signal.aborted && this.#deps.slots.mayAct(); i++) this.#begin();
    return again;
  }

  #begin(): void {
    const stop = new AbortController();
    const ended = runCollectingSession(this.#deps, { stop: stop.signal })
      .catch((error: unknown): CollectEnd => {
        this.#deps.log.failure('collect-session-failed', error);
        return 'stopped';
      })
      .then((end) => {
        this.#lastEnd = end;
        this.#sessions.delete(session);
      });
    const session = { stop, ended };
    this.#sessions.add(session);
  }
}
