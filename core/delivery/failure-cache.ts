import { asciiDomain } from '../values/ascii-domain.ts';
import type { HolderId } from '../values/ids.ts';
import { type IpAddress, parseIp } from '../values/network.ts';

/** What can fail as a whole: one address and port of a host, or a next hop none of whose hosts could be reached (asked before its DNS). */
export type FailingPeer =
  | { readonly kind: 'host'; readonly ip: IpAddress; readonly port: number }
  | { readonly kind: 'hop'; readonly domain: string };

/** Why a peer is left alone, for whoever reads the list. Times are ms since the epoch. */
export interface PeerFailure {
  readonly peer: FailingPeer;
  /** Name of the host as it was looked up; the domain of a hop. */
  readonly name: string;
  /** One line, bounded: `connect: ECONNREFUSED`, `greeting: 421 4.3.2 busy`. */
  readonly reason: string;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Failures since `firstAt`, without a success between them. */
  readonly count: number;
  /** No connection before this time. */
  readonly until: number;
  /** Set by an operator: no connection until it is cleared, or until `until`. */
  readonly held: boolean;
}

/** Until of a hold that only an operator ends: the last moment a Date can tell. */
export const untilCleared = 8_640_000_000_000_000;

/** A failure that ended so long ago, ms, says nothing any more: no trial is needed, and counting begins anew. Stores delete what is older. */
export const forgottenAfter = 24 * 3_600_000;

/** A store keeps about so many peers and so many caps at most; those whose time is over first make room, held ones never. */
export const mostPeers = 10_000;

/** One text for each peer, for stores to use as a key. */
export const peerKey = (peer: FailingPeer): string =>
  peer.kind === 'hop' ? `hop/${asciiDomain(peer.domain)}` : `host/${peer.ip}/${peer.port}`;

/** @returns undefined for what peerKey never made */
export function parsePeerKey(key: string): FailingPeer | undefined {
  const [kind, first = '', port = ''] = key.split('/');
  if (kind === 'hop') return { kind, domain: key.slice('hop/'.length) };
  const ip = parseIp(first);
  return kind === 'host' && ip !== undefined && /^\d{1,5}$/.test(port) ? { kind, ip, port: Number(port) } : undefined;
}

/** A peer's own cap, learnt from its 421 "too many connections". */
export interface LearntCap {
  readonly ip: IpAddress;
  readonly port: number;
  /** Connections at once that went well when it refused one more; at least 1. */
  readonly connections: number;
  readonly until: number;
  readonly reply: string;
}

/**
 * Peers that failed lately, shared by all workers: none of them is connected to again before its time is over, and then by one connection for
 * all workers together first. Entries end by themselves; expiry is compared by the reader, a store's own deletion decides nothing.
 */
export interface FailureCache {
  /** @returns what is known of these peers, in any order; those of which nothing is known are left out. Ended entries whose trial is still open are told */
  read(peers: readonly FailingPeer[]): Promise<readonly PeerFailure[]>;
  /**
   * Asks for the one trial connection to a peer whose time is over. Atomic over all workers.
   * @param until the trial is free again for another worker when this one has told nothing by then
   * @returns false when the time is not over, another has the trial, or the entry is gone or held
   */
  claimTrial(peer: FailingPeer, by: HolderId, now: number, until: number): Promise<boolean>;
  /** Gives a trial back that came to nothing by our own doing: the next who asks gets it. */
  endTrial(peer: FailingPeer, by: HolderId): Promise<void>;
  /** Notes a failure: counts on from what is there, ends a trial. A hold stays. */
  failed(failure: Pick<PeerFailure, 'peer' | 'name' | 'reason' | 'until'>, now: number): Promise<void>;
  /** The peer works: forgotten, unless held. Called only for peers that `read` told of, so that healthy ones cost nothing. */
  works(peer: FailingPeer): Promise<void>;

  learnCap(cap: LearntCap): Promise<void>;
  caps(hosts: readonly { readonly ip: IpAddress; readonly port: number }[]): Promise<readonly LearntCap[]>;

  list(limit: number): Promise<{ readonly failures: readonly PeerFailure[]; readonly caps: readonly LearntCap[] }>;
  /** Forgets, holds and a host's learnt cap included. @returns how many entries went @param peer undefined: all */
  clear(peer?: FailingPeer): Promise<number>;
  /** Keeps what is counted. @param until undefined: until it is cleared */
  hold(peer: FailingPeer, name: string, reason: string, now: number, until?: number): Promise<void>;
}
