import type { EventLog } from '../../core/observe/event-log.ts';
import type { FactsOf, RestingFacts } from '../../core/observe/process-facts.ts';
import type { Request } from '../../core/observe/process-requests.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';
import { askProcesses } from './ask-processes.ts';

/** A login waits for it, and asks twice: a process that stands still must not hold it up much longer. ms */
const patience = 200;

/** The other processes on this data directory, asked through their sockets. Best effort: one that does not answer at once is left out. */
export function fellowProcesses(dataDir: string, log: EventLog) {
  const ask = async <R extends Request>(request: R): Promise<readonly FactsOf[R['ask']][]> => {
    try {
      return await askProcesses(dataDir, request, { within: patience, except: process.pid });
    } catch (error) {
      log.failure('fellow-processes-failed', error, { ask: request.ask });
      return [];
    }
  };
  return {
    resting: (account: AccountId): Promise<readonly RestingFacts[]> => ask({ ask: 'resting', account }),
    replace: async (session: SessionId): Promise<boolean> => (await ask({ ask: 'replace', session })).some(({ done }) => done),
  };
}
