import type { Double } from './double.ts';
import {
  admitsFromMemory,
  blindTo,
  dropsSpare,
  gathersNobody,
  hidesLimit,
  hidesRepetition,
  lastComeFirst,
  registersLate,
  reusesNumbers,
  staysAlive,
  swallowsBumps,
  takesLess,
  twins,
} from './doubles.ts';

/** A rule of the lease scheme (docs/adr/0001), and a world in which it is left out. */
export interface Mutation {
  readonly rule: string;
  readonly leftOut: string;
  /** A new one for each run. */
  readonly double: () => Double;
}

export const mutations: readonly Mutation[] = [
  { rule: '1 op ids', leftOut: 'a number is used again after a refusal', double: () => ({ port: reusesNumbers }) },
  {
    rule: '2 what a failed condition means',
    leftOut: 'an earlier try that landed is not recognised',
    double: () => ({ port: blindTo((mine, { to }) => mine.version === to.version) }),
  },
  {
    rule: '2 what a failed condition means',
    leftOut: 'a late copy that landed is not recognised',
    double: () => ({ port: blindTo((mine, { from, to }) => mine.version !== to.version && mine.version !== from?.version) }),
  },
  {
    rule: '3 an own entry that is gone',
    leftOut: 'it is taken for one that never was',
    double: () => ({ rules: { absentIsDead: false } }),
  },
  { rule: '4 unknown outcome', leftOut: 'no version bump', double: () => ({ port: swallowsBumps }) },
  { rule: '4 unknown outcome', leftOut: 'nor after a refused move that was sent twice', double: () => ({ port: hidesRepetition }) },
  { rule: '5 one write at a time', leftOut: 'two writers for one holder and key', double: () => ({ opens: twins }) },
  { rule: '5 one write at a time', leftOut: 'who waits is not gathered', double: () => ({ port: gathersNobody }) },
  {
    rule: '6 fence',
    leftOut: 'its clocks stand still while a process is stopped',
    double: () => ({ clocks: 'stand still while stopped' }),
  },
  {
    rule: '6 fence',
    leftOut: 'anybody is declared dead before the lease is over',
    double: () => ({
      rules: { declaresDeadAfterLease: false },
      port: (port) => ({
        ...port,
        holder: async (id) => {
          const row = await port.holder(id);
          return row && { ...row, leaseUntil: 0 };
        },
      }),
    }),
  },
  { rule: '6 holder rows', leftOut: 'the row is written after the first take', double: () => ({ port: registersLate }) },
  {
    rule: '6 holder rows',
    leftOut: 'a missing row counts as alive',
    double: () => ({
      port: (port) => ({
        ...port,
        holder: async (id) => (await port.holder(id)) ?? { state: 'live', leaseUntil: Number.POSITIVE_INFINITY, ask: [] },
      }),
    }),
  },
  { rule: '6 holder rows', leftOut: 'a late copy of a registration revives the dead', double: () => ({ rules: { registersOnce: false } }) },
  { rule: '6 clean exit', leftOut: 'does not set itself DEAD', double: () => ({ port: staysAlive }) },
  { rule: '7 lease clock', leftOut: "the host's wall clock", double: () => ({ leaseClock: 'wall' }) },
  { rule: '7 lease clock', leftOut: 'does not count suspend', double: () => ({ leaseClock: 'monotonic' }) },
  { rule: '8 repair', leftOut: 'nothing is repaired', double: () => ({ port: (port) => ({ ...port, repair: async () => {} }) }) },
  { rule: '8 repair', leftOut: 'without comparing the version', double: () => ({ rules: { repairComparesVersion: false } }) },
  { rule: '9 n + d <= limit', leftOut: 'n <> limit', double: () => ({ rules: { comparesSum: false } }) },
  {
    rule: '9 limit of a total',
    leftOut: 'each process goes by its own',
    double: () => ({ rules: { keepsLimitInForce: false }, port: hidesLimit }),
  },
  { rule: '10 memory of "full"', leftOut: 'nothing is remembered', double: () => ({ timings: { rememberFull: 0 } }) },
  { rule: '10 memory of "full"', leftOut: 'never forgotten', double: () => ({ timings: { rememberFull: 3_600_000 } }) },
  { rule: '10 memory of "full"', leftOut: 'admits from memory of the table', double: () => ({ port: admitsFromMemory }) },
  { rule: 'chunks', leftOut: 'spare slots are not all owned', double: () => ({ port: takesLess }) },
  { rule: 'linger', leftOut: 'a slot that lingers is not owned', double: () => ({ released: dropsSpare }) },
  { rule: 'ttl', leftOut: 'held keys are not written anew', double: () => ({ timings: { rewriteEvery: Number.POSITIVE_INFINITY } }) },
  { rule: 'waiting line', leftOut: 'last come, first served', double: () => ({ take: lastComeFirst() }) },
  {
    rule: 'waiting line',
    leftOut: 'no deadline',
    double: () => ({ take: (slots, want) => slots.take({ ...want, wait: (want.wait ?? 0) > 0 ? 3_600_000 : 0 }) }),
  },
];

/** @returns the double that leaves out what `name` says, as in `nameOf` */
export function doubleOf(name: string): Double {
  const found = mutations.find((mutation) => nameOf(mutation) === name);
  if (found === undefined) throw new Error(`no such mutation: ${name}`);
  return found.double();
}

export const nameOf = ({ rule, leftOut }: Mutation): string => `${rule}: ${leftOut}`;
