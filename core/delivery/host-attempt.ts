import { type Destination, takeDestination } from './destination.ts';
import {
  type Candidate,
  learntCap,
  lookAgainIn,
  type MemoryDeps,
  mayTry,
  meterOf,
  type Noted,
  noteFailed,
  noteGivenUp,
  noteWorks,
} from './host-memory.ts';
import { ConnectFailed, type HostAddress, type Transport, type TransportConnection } from './transport.ts';
import { WatchedConnection } from './watched-connection.ts';

export interface AttemptDeps extends MemoryDeps {
  readonly transport: Transport;
}

/** What came of one try of one address. */
export type Attempted =
  | { readonly kind: 'connected'; readonly to: HostAddress; readonly connection: TransportConnection; close(): Promise<void> }
  | ({ readonly kind: 'failed'; readonly to: HostAddress; readonly error: ConnectFailed } & Noted)
  /** It was not connected to. */
  | { readonly kind: 'shut'; readonly to: HostAddress; readonly why: string; readonly freeAt: number }
  /** We broke off: nothing is known. */
  | { readonly kind: 'given-up' };

/**
 * Connects to one address, when its destination has room and, after a failure, nobody else is trying it. What it takes for that is given back
 * whatever comes of it.
 * @param opened called when the TCP connection stands, before anything is said on it
 */
export async function attemptHost(candidate: Candidate, deps: AttemptDeps, signal: AbortSignal, opened: () => void): Promise<Attempted> {
  const { to } = candidate;
  const destination = await takeDestination(to, candidate.cap, deps);
  const freeAt = deps.clock.now() + lookAgainIn;
  if ('full' in destination) {
    meterOf(deps).full();
    const { of } = destination;
    const why = of === undefined ? 'its connections could not be counted' : `has ${of.used} of ${of.limit} connections`;
    return { kind: 'shut', to, why, freeAt };
  }
  let attempted: Attempted | undefined;
  try {
    if (!(await mayTry(candidate, deps))) return { kind: 'shut', to, why: 'failed lately, and is just being tried', freeAt };
    attempted = await connect(candidate, destination, deps, signal, opened);
    return attempted;
  } finally {
    if (attempted?.kind !== 'connected') destination.end();
  }
}

async function connect(
  candidate: Candidate,
  destination: Destination,
  deps: AttemptDeps,
  signal: AbortSignal,
  opened: () => void,
): Promise<Attempted> {
  const { to } = candidate;
  try {
    signal.throwIfAborted();
    const connection = await connectOpportunistic(to, deps.transport, signal, opened);
    if (signal.aborted) await connection.quit();
    signal.throwIfAborted();
    await noteWorks(candidate, deps);
    const watched = new WatchedConnection(connection, destination.open, (reply) => learntCap(to, destination, reply, deps));
    return { kind: 'connected', to, connection: watched, close: () => connection.quit().finally(() => destination.end()) };
  } catch (error) {
    if (!signal.aborted && error instanceof ConnectFailed) {
      return { kind: 'failed', to, error, ...(await noteFailed(candidate, destination, error, deps)) };
    }
    await noteGivenUp(candidate, deps);
    if (signal.aborted) return { kind: 'given-up' };
    throw error;
  }
}

/** A host that offers STARTTLS and can't do it gets the mail in plain: it would have got it so anyway, had it not offered (RFC 7435). */
async function connectOpportunistic(
  to: HostAddress,
  transport: Transport,
  signal: AbortSignal,
  opened: () => void,
): Promise<TransportConnection> {
  try {
    return await transport.connect(to, signal, opened);
  } catch (error) {
    if (!(error instanceof ConnectFailed) || error.stage !== 'tls' || to.tls !== 'opportunistic') throw error;
    return transport.connect({ ...to, tls: 'none' }, signal);
  }
}
