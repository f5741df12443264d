import { outboundSettings } from '../settings/outbound.ts';
import type { HolderId } from '../values/ids.ts';
import { type ConnectMeter, noConnectMeter } from './connect-meter.ts';
import { type Destination, type DestinationDeps, othersOf } from './destination.ts';
import type { FailingPeer, FailureCache, LearntCap, PeerFailure } from './failure-cache.ts';
import { reasonOf } from './left-alone.ts';
import { saysTooManyConnections } from './too-many-connections.ts';
import type { ConnectFailed, HostAddress } from './transport.ts';

export interface MemoryDeps extends DestinationDeps {
  readonly failures: FailureCache;
  readonly holder: HolderId;
  /** @default - nobody counts */
  readonly connectMeter?: ConnectMeter;
}

/** A host that may be tried. */
export interface Candidate {
  readonly to: HostAddress;
  /** It failed, its time is over, and nobody knows yet whether it works again: one trial for all. */
  readonly failure?: PeerFailure;
  readonly cap?: LearntCap;
}

/** How long one trial keeps others from trying too, ms: as long as a connection takes at most to stand, or to be given up. */
const trialFor = 360_000;
/** A host that had too many connections, or is being tried by somebody else, is looked at again after this, ms. */
export const lookAgainIn = 15_000;
/** A learnt cap is kept so long, ms; then it may grow again. */
const capFor = 3_600_000;
const mostReason = 300; // characters

export const peerOf = ({ ip, port }: Pick<HostAddress, 'ip' | 'port'>): FailingPeer => ({ kind: 'host', ip, port });

/** @returns false when somebody else tries it just now */
export async function mayTry({ to, failure }: Candidate, deps: MemoryDeps): Promise<boolean> {
  if (failure === undefined) return true;
  const now = deps.clock.now();
  const claimed = await deps.failures.claimTrial(peerOf(to), deps.holder, now, now + trialFor);
  if (claimed) meterOf(deps).trial();
  return claimed;
}

/** Nothing was found out, by our own doing. */
export async function noteGivenUp({ to, failure }: Candidate, deps: MemoryDeps): Promise<void> {
  if (failure !== undefined) await noted(deps.failures.endTrial(peerOf(to), deps.holder), deps);
}

export async function noteWorks({ to, failure }: Candidate, deps: MemoryDeps): Promise<void> {
  if (failure === undefined) return;
  deps.log.event('host-works', { host: to.host, ip: to.ip, port: to.port, failures: failure.count });
  await noted(deps.failures.works(peerOf(to)), deps);
}

/** What a failure means for whoever wants to connect next. */
export interface Noted {
  /** When it may be tried again, ms since the epoch; undefined: at any time. */
  readonly freeAt: number | undefined;
  /** The failure cache keeps everybody from it until then. */
  readonly remembered: boolean;
  /** It takes no more connections than those that stand. */
  readonly isFull?: true;
  /** It was never reached, by something that this machine lacks: says nothing of the host. */
  readonly ours?: true;
}

const anyTime: Noted = { freeAt: undefined, remembered: false };

export async function noteFailed(candidate: Candidate, destination: Destination, error: ConnectFailed, deps: MemoryDeps): Promise<Noted> {
  const { to } = candidate;
  const now = deps.clock.now();
  if (error.stage === 'connect' && ourOwn.test(error.message)) {
    await noteGivenUp(candidate, deps);
    return { ...anyTime, ours: true };
  }
  // It is there, and takes mail over the connections that stand: no reason to keep anybody from it, only to open fewer.
  if (error.reply !== undefined && (await learntCap(to, destination, error.reply, deps))) {
    await noteWorks(candidate, deps);
    return { freeAt: now + lookAgainIn, remembered: false, isFull: true };
  }
  if (!countsAgainstHost(error)) {
    await noteWorks(candidate, deps);
    return anyTime;
  }
  const until = now + deps.settings.get(outboundSettings.failureCache) * 1000;
  if (until === now) return anyTime;
  const reason = oneLine(reasonOf(error));
  meterOf(deps).failed();
  deps.log.event('host-failed', { host: to.host, ip: to.ip, port: to.port, reason, until: new Date(until).toISOString() });
  await noted(deps.failures.failed({ peer: peerOf(to), name: to.host, reason, until }, now), deps);
  return { freeAt: until, remembered: true };
}

/** None of the hosts a domain's DNS leads to can be reached before `until`. */
export async function noteHopFailed(domain: string, reason: string, until: number, deps: MemoryDeps): Promise<void> {
  await noted(
    deps.failures.failed({ peer: { kind: 'hop', domain }, name: domain, reason: oneLine(reason), until }, deps.clock.now()),
    deps,
  );
}

export const noteHopWorks = (domain: string, deps: MemoryDeps): Promise<void> => noted(deps.failures.works({ kind: 'hop', domain }), deps);

/** A peer's 421 "too many connections" teaches what it bears: what stood beside the one it refused. @returns false when none did */
export async function learntCap(to: HostAddress, destination: Destination, reply: string, deps: MemoryDeps): Promise<boolean> {
  if (!saysTooManyConnections(reply)) return false;
  const connections = await othersOf(destination, to, deps);
  if (connections < 1) return false;
  const { ip, port, host } = to;
  const cap = { ip, port, connections, until: deps.clock.now() + capFor, reply: oneLine(reply) };
  meterOf(deps).learnt();
  deps.log.event('destination-cap-learnt', { host, ip, port, connections, reply: cap.reply });
  await noted(deps.failures.learnCap(cap), deps);
  return true;
}

/** No IPv6 on this machine, most of all; or nothing left to connect with. */
const ourOwn = /\b(?:ENETUNREACH|EAFNOSUPPORT|EADDRNOTAVAIL|EMFILE|ENFILE|ENOBUFS|ENOMEM)\b/;

/**
 * A host that can't be spoken with at all fails for every message; one that answers and does not like what we say (a wrong password, our
 * name) works. Whoever says nothing, or 421, behind the greeting is no better than at it.
 */
function countsAgainstHost({ stage, reply }: ConnectFailed): boolean {
  if (stage === 'connect' || stage === 'greeting' || stage === 'tls') return true;
  return reply === undefined || reply.startsWith('421');
}

export const meterOf = ({ connectMeter = noConnectMeter }: Pick<MemoryDeps, 'connectMeter'>): ConnectMeter => connectMeter;

/** What can't be noted costs a connection more; it must not cost the one that stands. */
async function noted(write: Promise<void>, { log }: MemoryDeps): Promise<void> {
  await write.catch((error: unknown) => log.failure('failure-cache-failed', error));
}

/** Text from outside: one line, printable, bounded. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, mostReason);
