import type { AdmittedSession } from './admitted-session.ts';
import type { SessionRegistry } from './session-registry.ts';

export interface DrainOptions {
  /** Goodbyes are spread over this time, so that the clients don't all come back at once. ms */
  readonly spread: number;
  /** After this time connections are cut. ms */
  readonly hardStop: number;
}

export const defaultDrain: DrainOptions = { spread: 10_000, hardStop: 20_000 };

/**
 * Says goodbye to the sessions, each at a random moment of its own slice of the time.
 * @param random 0 to 1
 */
export function sayGoodbyes(sessions: readonly AdmittedSession[], spread: number, random: () => number): void {
  const slice = spread / sessions.length;
  shuffled(sessions, random).forEach((session, i) => {
    setTimeout(() => session.mustEnd('draining'), slice * (i + random()));
  });
}

/** Resolves when the last session is over; late ones are cut off. Nobody may be admitted any more when it is called. */
export async function drainAll(sessions: SessionRegistry, { spread, hardStop }: DrainOptions, random: () => number): Promise<void> {
  sayGoodbyes(sessions.all(), spread, random);
  const stop = setTimeout(() => {
    for (const session of sessions.all()) session.cutOff();
  }, hardStop);
  await sessions.empty();
  clearTimeout(stop);
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
