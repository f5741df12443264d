import type { AdmittedSession } from './admitted-session.ts';
import type { SessionRegistry } from './session-registry.ts';

export interface DrainOptions {
  /** Goodbyes are spread over this time, so that the clients don't all come back at once. ms */
  readonly spread: number;
  /** What a session was doing may take so long after its goodbye was due; then its connection is cut. ms */
  readonly goodbye: number;
  /** After this time connections are cut. ms */
  readonly hardStop: number;
  /** A session whose connection was cut has so long to come to its end; the process does not wait for one that never does. ms */
  readonly lastPatience: number;
}

export const defaultDrain: DrainOptions = { spread: 10_000, goodbye: 20_000, hardStop: 20_000, lastPatience: 5_000 };

/**
 * Says goodbye to the sessions, each at a random moment of its own slice of the time.
 * @param random 0 to 1
 * @returns what is still to be said
 */
export function sayGoodbyes(
  sessions: readonly AdmittedSession[],
  { spread, goodbye }: Pick<DrainOptions, 'spread' | 'goodbye'>,
  random: () => number,
): readonly NodeJS.Timeout[] {
  const slice = spread / sessions.length;
  return shuffled(sessions, random).map(
    (session, i) => setTimeout(() => session.mustEnd('draining', goodbye), slice * (i + random())).unref(), // a session that lives keeps the process up by its socket
  );
}

/** The end of all sessions of a process. Nobody may be admitted any more when it begins. */
export class Drain {
  readonly #sessions: SessionRegistry;
  readonly #random: () => number;
  readonly #givenUp = Promise.withResolvers<void>();
  #goodbyes: readonly NodeJS.Timeout[] = [];
  #timer: NodeJS.Timeout | undefined;
  #cut = false;
  #isOver = false;

  /** @param random 0 to 1 */
  constructor(sessions: SessionRegistry, random: () => number) {
    this.#sessions = sessions;
    this.#random = random;
  }

  /** Begins. Asked again, what is left of it is done within a new time. */
  within(options: DrainOptions): void {
    if (this.#cut || this.#isOver) return;
    this.#stopTimers();
    this.#timer = setTimeout(() => this.cutNow(options), options.hardStop);
    const sessions = this.#sessions.all().filter(({ ending }) => ending === undefined);
    this.#goodbyes = sayGoodbyes(sessions, options, this.#random);
  }

  /** Cuts all that are left. */
  cutNow({ lastPatience }: Pick<DrainOptions, 'lastPatience'>): void {
    if (this.#cut || this.#isOver) return;
    this.#cut = true;
    this.#stopTimers();
    this.#timer = setTimeout(this.#givenUp.resolve, lastPatience);
    for (const session of this.#sessions.all()) session.cutOff();
  }

  /** Resolves when the last session is over, or those that are left don't come to their end. */
  async over(): Promise<void> {
    await Promise.race([this.#sessions.empty(), this.#givenUp.promise]);
    this.#isOver = true;
    this.#stopTimers();
  }

  #stopTimers(): void {
    clearTimeout(this.#timer);
    for (const timer of this.#goodbyes) clearTimeout(timer);
  }
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
