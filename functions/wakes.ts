import type { Dispatcher } from '../core/delivery/dispatcher.ts';

/** A dispatcher that knows when all that was told is sent. */
export interface SettlingDispatcher extends Dispatcher {
  settled(): Promise<void>;
}

/**
 * Wakes local deliveries alone: for outbound sessions. Woken by what another of them wrote, they would be a loop to Lambda, which stops one after
 * sixteen rounds and puts its message aside. A report that has to leave is found by the session that wrote it, when it looks for more, or by the
 * schedule.
 */
export const wakingLocal = ({ wake, settled }: SettlingDispatcher): SettlingDispatcher => ({
  wake: (rows) => wake(rows.filter(({ nextHop }) => nextHop.kind === 'local')),
  settled,
});

/** Wakes nobody: for functions whose subnets have no way to SQS, where a request would hang. What they write is found by the schedule, within a minute. */
export const wakingNobody: SettlingDispatcher = { wake: () => {}, settled: async () => {} };
