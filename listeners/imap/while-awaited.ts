import { ConnectionLost } from '../net/connection.ts';
import type { ImapPorts } from './answer.ts';
import type { Responses } from './responses.ts';

/** How often a long command looks whether anybody waits for it, ms. */
const lookEvery = 1_000;
/**
 * How often it says that it goes on, in looks. It keeps clients from giving up and asking again, and one that went away without a word
 * is found out by it: until something is sent, nothing tells it from one that only has no more to say.
 */
const looksPerWord = 10;

/** The session has to end: nobody is to get the answer any more. */
export class Unattended extends Error {
  override readonly name = 'Unattended';
}

type Ports = Pick<ImapPorts, 'clock' | 'connection' | 'session'> & { readonly out: Responses };

/**
 * Runs what may take long for as long as the client is there. `run` must not write meanwhile.
 * @throws what `run` throws; its signal's reason is ConnectionLost or Unattended
 */
export async function whileAwaited<T>(ports: Ports, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [done, given] = [new AbortController(), new AbortController()];
  const watching = watch(ports, done.signal).catch((error) => given.abort(error));
  try {
    return await run(given.signal);
  } finally {
    done.abort();
    await watching;
  }
}

/** @throws when nobody waits any more */
async function watch({ clock, connection, session, out }: Ports, done: AbortSignal): Promise<void> {
  for (let looks = 1; ; looks++) {
    await clock.sleep(lookEvery, done);
    if (done.aborted) return;
    if (connection.closed) throw new ConnectionLost('the client went away during a command');
    // A drain lets commands finish, and cuts off those that take too long.
    if ((session.ending !== undefined && session.ending !== 'draining') || !session.mayAct()) throw new Unattended('session ends');
    if (looks % looksPerWord === 0) {
      await out.line('* OK Still searching');
      await out.flush();
    }
  }
}
