import type { FailingPeer, PeerFailure } from './failure-cache.ts';
import { type AttemptDeps, type Attempted, attemptHost } from './host-attempt.ts';
import { type Candidate, meterOf, noteHopFailed, noteHopWorks, peerOf } from './host-memory.ts';
import { HostRace } from './host-race.ts';
import { concerns, leftAloneUntil, needsTrial, saidOf } from './left-alone.ts';
import type { ConnectFailed, HostAddress, TransportConnection } from './transport.ts';

export interface ConnectDeps extends AttemptDeps {
  /** The domain whose DNS led to the hosts: remembered when none of them can be reached. Undefined where something else chose them. */
  readonly hop?: string | undefined;
}

/** A connection that stands, with what it holds beside the socket. */
export interface Connected {
  readonly connected: true;
  /** A service that is spoken with by its API has a name only. */
  readonly to: Pick<HostAddress, 'host'> & Partial<HostAddress>;
  readonly connection: TransportConnection;
  /** Says goodbye and gives back what the connection held; to be called once, whatever became of it. */
  close(): Promise<void>;
}

export interface NoHost {
  readonly connected: false;
  /** One line for the queue; begins with an enhanced code. */
  readonly reason: string;
  /** What each host answered, the last one last; those that were not tried at all are not here. */
  readonly failures: readonly { readonly to: HostAddress; readonly error: ConnectFailed }[];
  /** ms since the epoch: before then nothing will have changed. Undefined: the retry schedule decides. */
  readonly retryAt?: number;
  /** None was found to fail: one of the hosts only takes no more just now, and whoever has its connections goes on with what waits. */
  readonly isFull?: boolean;
}

/** Why one address is not the one. */
interface Obstacle {
  readonly to: HostAddress;
  readonly why: string;
  /** ms since the epoch; undefined: it may be tried at any time. */
  readonly freeAt: number | undefined;
  /** The failure cache knows of it, so that it is the same for everybody until then. */
  readonly remembered: boolean;
  /** All of its connections are taken, as we count or as it says, or another has the one that is to try it. */
  readonly isShut?: boolean;
  /** It says nothing of the host. */
  readonly ours?: true;
  readonly error?: ConnectFailed;
}

interface Known {
  readonly open: readonly Candidate[];
  readonly leftAlone: readonly Obstacle[];
  readonly hop: PeerFailure | undefined;
}

/**
 * Connects to the first host that can be: in their order, without those that failed lately or are held, or whose addresses are full. Healthy
 * hosts cost one look at what is known and no write.
 * @returns the first connection that stands, or why none does. @throws when `signal` aborted
 */
export async function connectNextHost(hosts: readonly HostAddress[], deps: ConnectDeps, signal: AbortSignal): Promise<Connected | NoHost> {
  const { open, leftAlone, hop } = await lookUp(hosts, deps);
  const obstacles = [...leftAlone];
  for (const group of hostByHost(open)) {
    const candidates = group.filter(({ to }) => !obstacles.some((one) => one.freeAt !== undefined && isSamePeer(one.to, to)));
    const race = new HostRace(candidates, {
      clock: deps.clock,
      signal,
      attempt: (candidate, broken, opened) => attemptHost(candidate, deps, broken, opened),
      told: (attempted) => void obstacles.push(obstacleOf(attempted)),
    });
    const found = await race.run();
    if (found === undefined) continue;
    if (hop !== undefined && !hop.held) await noteHopWorks(hop.name, deps);
    return { connected: true, to: found.to, connection: found.connection, close: () => found.close() };
  }
  return await noHost(obstacles, deps);
}

async function lookUp(hosts: readonly HostAddress[], deps: ConnectDeps): Promise<Known> {
  const peers: readonly FailingPeer[] = deps.hop === undefined ? [] : [{ kind: 'hop', domain: deps.hop }];
  const [failures, caps] = await Promise.all([deps.failures.read([...peers, ...hosts.map(peerOf)]), deps.failures.caps(hosts)]);
  const open: Candidate[] = [];
  const leftAlone: Obstacle[] = [];
  for (const to of hosts) {
    const failure = failures.find((one) => one.peer.kind === 'host' && isSamePeer(one.peer, to) && concerns(one, to));
    const cap = caps.find((one) => isSamePeer(one, to));
    const freeAt = failure === undefined ? undefined : leftAloneUntil(failure, deps);
    if (failure === undefined || freeAt === undefined) {
      open.push({ to, ...(failure !== undefined && needsTrial(failure, deps) ? { failure } : {}), ...(cap === undefined ? {} : { cap }) });
    } else {
      meterOf(deps).leftAlone();
      leftAlone.push({ to, why: saidOf(failure), freeAt, remembered: !failure.held });
    }
  }
  return { open, leftAlone, hop: failures.find(({ peer }) => peer.kind === 'hop') };
}

const isSamePeer = (one: Pick<HostAddress, 'ip' | 'port'>, other: Pick<HostAddress, 'ip' | 'port'>): boolean =>
  one.ip === other.ip && one.port === other.port;

/** Addresses of one host stand together: they have the same preference. */
function hostByHost(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const groups: Candidate[][] = [];
  for (const candidate of candidates) {
    const group = groups.at(-1);
    const last = group?.at(-1)?.to;
    const { host, port, tls } = candidate.to;
    if (group !== undefined && last?.host === host && last.port === port && last.tls === tls) group.push(candidate);
    else groups.push([candidate]);
  }
  return groups;
}

function obstacleOf(attempted: Extract<Attempted, { kind: 'failed' | 'shut' }>): Obstacle {
  const { to, freeAt } = attempted;
  if (attempted.kind === 'shut') return { to, freeAt, why: attempted.why, remembered: false, isShut: true };
  const { error, remembered, ours, isFull } = attempted;
  const said = { ...(ours === undefined ? {} : { ours }), ...(isFull === undefined ? {} : { isShut: isFull }) };
  return { to, freeAt, why: error.message, remembered, error, ...said };
}

async function noHost(obstacles: readonly Obstacle[], deps: ConnectDeps): Promise<NoHost> {
  const said = obstacles.map(({ to, why }) => `${to.host}[${to.ip}]: ${why}`).join('; ');
  const theirs = obstacles.filter(({ ours }) => ours === undefined);
  const retryAt = soonest(theirs);
  if (deps.hop !== undefined && retryAt !== undefined && theirs.every(({ remembered }) => remembered)) {
    await noteHopFailed(deps.hop, said, retryAt, deps);
  }
  return {
    connected: false,
    // RFC 3463: 4.4.1 no answer from host, 4.4.5 congestion.
    reason: `${theirs.every(({ isShut }) => isShut === true) && theirs.length > 0 ? '4.4.5' : '4.4.1'} ${said}`,
    failures: obstacles.flatMap(({ to, error }) => (error === undefined ? [] : [{ to, error }])),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(isFull(theirs) ? { isFull: true } : {}),
  };
}

const isFull = (theirs: readonly Obstacle[]): boolean =>
  theirs.some(({ isShut }) => isShut === true) && theirs.every(({ isShut, error }) => isShut === true || error === undefined);

/** @returns undefined when one of them may be tried at any time */
function soonest(obstacles: readonly Obstacle[]): number | undefined {
  const times = obstacles.flatMap(({ freeAt }) => freeAt ?? []);
  return times.length === 0 || times.length < obstacles.length ? undefined : Math.min(...times);
}
