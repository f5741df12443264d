import type { Asking } from '../../core/observe/asking.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import type { FactsOf, RestingFacts } from '../../core/observe/process-facts.ts';
import type { Request } from '../../core/observe/process-requests.ts';
import type { AccountId } from '../../core/values/address.ts';
import { askProcesses } from './ask-processes.ts';

/** A login waits for it, and asks twice: a process that stands still must not hold it up much longer. ms */
const patience = 200;

/** The other processes on this data directory, asked through their sockets. Best effort: one that does not answer at once is left out. */
export function fellowProcesses(dataDir: string, log: EventLog) {
  const ask = async <R extends Request>(request: R, whom: Asking): Promise<readonly FactsOf[R['ask']][]> => {
    try {
      return await askProcesses(dataDir, request, { ...whom, within: patience });
    } catch (error) {
      log.failure('fellow-processes-failed', error, { ask: request.ask });
      return [];
    }
  };
  return {
    resting: (account: AccountId): Promise<readonly RestingFacts[]> => ask({ ask: 'resting', account }, { except: process.pid }),
    replace: async ({ id, process: only }: RestingFacts): Promise<boolean> =>
      (await ask({ ask: 'replace', session: id }, { only })).some(({ done }) => done),
  };
}
