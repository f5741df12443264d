import type { EventLog } from '../../core/observe/event-log.ts';
import type { AdmittedSession } from './admitted-session.ts';
import type { SessionRegistry } from './session-registry.ts';

/** A command that was running when the client went may take its time; after two looks the session has been without a client for as long. */
const lookEvery = 30_000; // ms

/**
 * The safety net under all protocols: a session whose connection is gone and whose dialogue does not come to its end would hold its slots
 * until the process ends. They come back, and the fault is told.
 * @param leave gives back what the session holds; its dialogue may still call it too
 */
export function watchAbandoned(
  sessions: SessionRegistry,
  leave: (session: AdmittedSession) => void,
  log: EventLog,
  every = lookEvery,
): { close(): void } {
  let cutBefore: ReadonlySet<AdmittedSession> = new Set();
  const look = (): void => {
    const cut = sessions.all().filter((session) => session.isCut);
    for (const session of cut.filter((one) => cutBefore.has(one))) {
      const { id, protocol, activity } = session;
      log.event('session-abandoned', { session: id, protocol, doing: activity });
      leave(session);
    }
    cutBefore = new Set(cut);
  };
  const timer = setInterval(look, every).unref();
  return { close: () => clearInterval(timer) };
}
