import type { AdmittedSession } from './admitted-session.ts';
import type { SessionRegistry } from './session-registry.ts';

export interface DrainOptions {
  /** Goodbyes are spread over this time, so that the clients don't all come back at once. ms */
  readonly spread: number;
  /** After this time connections are cut. ms */
  readonly hardStop: number;
  /** A session whose connection was cut has so long to come to its end; the process does not wait for one that never does. ms */
  readonly lastPatience: number;
}

export const defaultDrain: DrainOptions = { spread: 10_000, hardStop: 20_000, lastPatience: 5_000 };

/**
 * Says goodbye to the sessions, each at a random moment of its own slice of the time.
 * @param random 0 to 1
 */
export function sayGoodbyes(sessions: readonly AdmittedSession[], spread: number, random: () => number): void {
  const slice = spread / sessions.length;
  shuffled(sessions, random).forEach((session, i) => {
    setTimeout(() => session.mustEnd('draining'), slice * (i + random())).unref(); // a session that lives keeps the process up by its socket
  });
}

/**
 * Resolves when the last session is over; late ones are cut off. Nobody may be admitted any more when it is called.
 * @param cutNow cuts all that are left at once
 */
export async function drainAll(
  sessions: SessionRegistry,
  { spread, hardStop, lastPatience }: DrainOptions,
  random: () => number,
  cutNow?: AbortSignal,
): Promise<void> {
  const givenUp = Promise.withResolvers<void>();
  const cut = (): void => {
    clearTimeout(timer);
    timer = setTimeout(givenUp.resolve, lastPatience);
    for (const session of sessions.all()) session.cutOff();
  };
  let timer = setTimeout(cut, hardStop);
  if (cutNow?.aborted === true) cut();
  else cutNow?.addEventListener('abort', cut, { once: true });
  sayGoodbyes(sessions.all(), spread, random);
  await Promise.race([sessions.empty(), givenUp.promise]);
  clearTimeout(timer);
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
