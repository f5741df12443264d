import type { EventLog } from '../../../core/observe/event-log.ts';

const period = 60_000; // ms

export type WhyRefused = 'not sealed by a key of this process' | 'too many connections' | 'too slow' | 'not of this protocol';

/** Tells of talk that was refused: the first at once, those that follow within a minute as one count. */
export class RefusedTalk {
  readonly #log: EventLog;
  #repeated = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  tell(why: WhyRefused, address: string): void {
    if (this.#timer !== undefined) {
      this.#repeated += 1;
      return;
    }
    this.#timer = setTimeout(() => this.close(), period).unref();
    this.#log.event('talk-refused', { why, address });
  }

  /** Tells what was counted. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#repeated > 0) this.#log.event('talk-refused-again', { count: this.#repeated });
    this.#repeated = 0;
  }
}
