import type { AccountId } from '../values/address.ts';
import type { SessionId } from '../values/ids.ts';
import type { Network } from '../values/network.ts';
import { type Protocol, protocols } from '../values/protocol.ts';
import type { RefusalCount } from './recent-refusals.ts';
import { type RefusalScope, refusalScopes } from './refused.ts';

/** As operators know a process: by its process id on one machine, by the id of its task on AWS. */
export type ProcessName = number | string;

/** One session as `mailweir sessions` shows it. */
export interface SessionFacts {
  readonly id: string;
  readonly protocol: string;
  readonly address: string;
  readonly account?: string;
  /** ms since the epoch. */
  readonly since: number;
  /** `IDLE INBOX`, `FETCH`. */
  readonly doing: string;
  readonly process: ProcessName;
}

/** One setting as a process has it in force. */
export interface SettingFacts {
  readonly name: string;
  /** As operators write it. */
  readonly value: string;
  /** See Origin. */
  readonly origin: string;
  readonly process: ProcessName;
}

/** One key of which sessions of a process hold slots. */
export interface SlotFacts {
  readonly key: string;
  /** Sessions that hold one; what the process keeps ready beyond is not among them. */
  readonly held: number;
  readonly process: ProcessName;
}

/** Whom a process refused in the last hour, and why. */
export interface RefusalFacts extends RefusalCount {
  readonly process: ProcessName;
}

/** A process as a whole. */
export interface ProcessFacts {
  readonly process: ProcessName;
  /** Under which it holds its slots now. */
  readonly holder: string;
  /** False when it has been fenced. */
  readonly mayAct: boolean;
  /** Since when the slot store has not answered it, ms since the epoch. */
  readonly storeDownSince?: number;
  /** Admitted, by protocol. */
  readonly sessions: Readonly<Record<string, number>>;
  /** Running now, by protocol. */
  readonly commands: Readonly<Record<string, number>>;
}

/** A session between two commands: it could be ended without cutting anything off. */
export interface RestingFacts {
  readonly id: SessionId;
  /** In IDLE, so that its program is not about to ask for anything. */
  readonly idling: boolean;
  /** ms since its last command ended, or IDLE began. */
  readonly restedFor: number;
  readonly process: ProcessName;
}

/** What became of a request that acts. */
export interface DoneFacts {
  readonly done: boolean;
  readonly process: ProcessName;
}

/** What a line that answers each question tells. */
export interface FactsOf {
  readonly sessions: SessionFacts;
  readonly settings: SettingFacts;
  readonly slots: SlotFacts;
  readonly refusals: RefusalFacts;
  readonly process: ProcessFacts;
  readonly resting: RestingFacts;
  readonly replace: DoneFacts;
  readonly kick: DoneFacts;
  readonly spare: DoneFacts;
}

export type Question = keyof FactsOf;

export type Parsed = Readonly<Record<string, unknown>> | undefined;

/** @returns undefined for what is no JSON object */
export function parsedObject(line: string): Parsed {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const done = ({ done, process }: NonNullable<Parsed> = {}): DoneFacts | undefined =>
  typeof done === 'boolean' && isProcessName(process) ? { done, process } : undefined;

/** @returns undefined for a line that tells no such fact: the last one, or one of another version of Mailweir */
export const parseFacts: { readonly [Q in Question]: (line: Parsed) => FactsOf[Q] | undefined } = {
  sessions: ({ id, protocol, address, account, since, doing, process } = {}) => {
    const told = isText(id) && isText(protocol) && isText(address) && isText(doing);
    if (!told || typeof since !== 'number' || !isProcessName(process)) return undefined;
    return { id, protocol, address, since, doing, process, ...(isText(account) ? { account } : {}) };
  },
  settings: ({ name, value, origin, process } = {}) =>
    isText(name) && isText(value) && isText(origin) && isProcessName(process) ? { name, value, origin, process } : undefined,
  slots: ({ key, held, process } = {}) =>
    isText(key) && typeof held === 'number' && isProcessName(process) ? { key, held, process } : undefined,
  refusals: refusal,
  process: ({ process, holder, mayAct, storeDownSince, sessions, commands } = {}) => {
    if (!isProcessName(process) || !isText(holder) || typeof mayAct !== 'boolean') return undefined;
    const counts = { sessions: countsIn(sessions), commands: countsIn(commands) };
    return { process, holder, mayAct, ...counts, ...(typeof storeDownSince === 'number' ? { storeDownSince } : {}) };
  },
  resting: ({ id, idling, restedFor, process } = {}) =>
    isText(id) && typeof idling === 'boolean' && typeof restedFor === 'number' && isProcessName(process)
      ? { id: id as SessionId, idling, restedFor, process }
      : undefined,
  replace: done,
  kick: done,
  spare: done,
};

function refusal({
  protocol,
  scope,
  refused,
  observed,
  network,
  account,
  used,
  limit,
  count,
  last,
  process,
}: NonNullable<Parsed> = {}): RefusalFacts | undefined {
  const told = isProtocol(protocol) && isScope(scope) && isText(refused) && typeof observed === 'boolean';
  if (!told || typeof count !== 'number' || typeof last !== 'number' || !isProcessName(process)) return undefined;
  return {
    protocol,
    scope,
    refused: refused as RefusalFacts['refused'],
    observed,
    count,
    last,
    process,
    ...(isText(network) ? { network: network as Network } : {}),
    ...(isText(account) ? { account: account as AccountId } : {}),
    ...(typeof used === 'number' ? { used } : {}),
    ...(typeof limit === 'number' ? { limit } : {}),
  };
}

const countsIn = (value: unknown): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(isRecord(value) ? value : {}).filter((entry): entry is [string, number] => Number.isFinite(entry[1])));

/** Process ids by their size, names of tasks by their letters. */
export const byProcessName = (a: ProcessName, b: ProcessName): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : Number(String(a) > String(b));

/** Of tasks: letters and digits, so that it can stand in any text. */
export const isProcessName = (value: unknown): value is ProcessName =>
  typeof value === 'number' || (isText(value) && /^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$/.test(value));
export const isQuestion = (text: unknown): text is Question => isText(text) && Object.hasOwn(parseFacts, text);
const isProtocol = (value: unknown): value is Protocol => protocols.some((protocol) => protocol === value);
const isScope = (value: unknown): value is RefusalScope => refusalScopes.some((scope) => scope === value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
