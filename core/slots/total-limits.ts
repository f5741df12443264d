import { protocols } from '../values/protocol.ts';
import {
  type AppliedLimit,
  collectLimit,
  fetchesLimit,
  nothing,
  outboundLimit,
  type Ruling,
  strangersLimit,
  totalLimit,
} from './applied-limit.ts';
import type { SlotKey } from './slot-store.ts';

/** The limit of a total as the store of slots is told it. */
export interface TotalLimit {
  readonly key: SlotKey;
  /** 0 = unlimited, which an observed one is to the store. */
  readonly limit: number;
}

/** Every total: its limit in force stands in the store beside its count, so that all processes switch at one moment. */
export function totalLimits(ruling: Ruling): readonly TotalLimit[] {
  const ofProtocols = protocols.flatMap((protocol) => [totalLimit(ruling, protocol), strangersLimit(ruling, protocol)]);
  const all = [...ofProtocols, fetchesLimit(ruling), outboundLimit(ruling), collectLimit(ruling)];
  return all.flatMap((one) => (one === undefined || isNothing(one) ? [] : [{ key: one.key, limit: one.observe ? 0 : one.limit }]));
}

/** Nobody ever asks for it, so the store need not know. */
const isNothing = ({ limit, observe }: AppliedLimit): boolean => limit === nothing && !observe;
