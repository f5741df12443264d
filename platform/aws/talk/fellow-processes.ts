import type { Ask, Asking } from '../../../core/observe/asking.ts';
import type { EventLog } from '../../../core/observe/event-log.ts';
import type { FactsOf, RestingFacts } from '../../../core/observe/process-facts.ts';
import type { Request } from '../../../core/observe/process-requests.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';

/** A login waits for it, and asks twice: a process that stands still must not hold it up much longer. ms */
const patience = 300;

export interface FellowDeps {
  readonly ask: Ask;
  /** Of this process. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** The other listener processes of the stage. Best effort: one that does not answer at once is left out. */
export function fellowProcesses({ ask, name, clock, log }: FellowDeps) {
  const askSoon = async <R extends Request>(request: R, whom: Asking): Promise<readonly FactsOf[R['ask']][]> => {
    const inTime = new AbortController();
    try {
      const late = clock.sleep(patience, inTime.signal).then(() => []); // where the processes are listed may take long to answer too
      return await Promise.race([ask(request, { ...whom, within: patience }), late]);
    } catch (error) {
      log.failure('fellow-processes-failed', error, { ask: request.ask });
      return [];
    } finally {
      inTime.abort();
    }
  };
  return {
    resting: (account: AccountId): Promise<readonly RestingFacts[]> => askSoon({ ask: 'resting', account }, { except: name }),
    replace: async ({ id, process: only }: RestingFacts): Promise<boolean> =>
      (await askSoon({ ask: 'replace', session: id }, { only })).some(({ done }) => done),
  };
}
