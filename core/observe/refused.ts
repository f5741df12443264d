import type { AccountId } from '../values/address.ts';
import type { Network } from '../values/network.ts';
import type { Protocol } from '../values/protocol.ts';
import type { Refusal } from '../values/refusal.ts';

/** What was full, or why else somebody was turned away. */
export const refusalScopes = [
  'total',
  'reserved',
  'address',
  'account',
  'process',
  'commands',
  'fetches',
  'searches',
  'login',
  'store-down',
  'draining',
  'pending',
] as const;
export type RefusalScope = (typeof refusalScopes)[number];

/** One "no" to a client, or the "no" that an observed limit would have said. */
export interface Refused {
  readonly protocol: Protocol;
  readonly scope: RefusalScope;
  /** What the client was told; `closed-unanswered`: too many were waiting to be told anything. */
  readonly refused: Refusal['refused'] | 'closed-unanswered';
  readonly network: Network;
  readonly account?: AccountId;
  readonly used?: number;
  readonly limit?: number;
  /** By a limit in the mode `observe`: the client got what it asked for. */
  readonly observed: boolean;
}

/** Whoever says no tells it here, once for each; cheap. */
export type TellRefused = (what: Refused) => void;
