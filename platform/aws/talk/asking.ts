import { type FactsOf, type Parsed, type ProcessName, parseFacts } from '../../../core/observe/process-facts.ts';
import type { Request } from '../../../core/observe/process-requests.ts';
import type { KnownProcesses } from './known-processes.ts';
import type { Peers } from './peers.ts';

export interface Asking {
  /** Who has not answered after this time is left out, ms. @default 2000 */
  readonly within?: number;
  /** The process that is not to be asked: one knows itself. */
  readonly except?: ProcessName;
  /** The process that alone is to be asked. */
  readonly only?: ProcessName;
}

/**
 * Asks every process of the stage. One that does not answer in time, or ends meanwhile, is left out.
 * @throws when it can't be read which processes there are
 */
export type Ask = <R extends Request>(request: R, whom?: Asking) => Promise<readonly FactsOf[R['ask']][]>;

/** ms that the list of processes may be old. */
const listedAtMost = 5_000;

export function asker(known: KnownProcesses, peers: Peers): Ask {
  return async <R extends Request>(request: R, { within = 2_000, except, only }: Asking = {}) => {
    const listed = await known.all(listedAtMost);
    const asked = listed.filter(({ name }) => name !== except && (only === undefined || name === only));
    const answers = await Promise.all(asked.map(async (process) => (await peers.to(process)?.ask(request, within)) ?? []));
    const parse = parseFacts[request.ask] as (fact: Parsed) => FactsOf[R['ask']] | undefined;
    return answers.flat().flatMap((fact) => parse(fact) ?? []);
  };
}
