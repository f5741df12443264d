import type { Ask, Asking } from '../../../core/observe/asking.ts';
import { type FactsOf, type Parsed, parseFacts } from '../../../core/observe/process-facts.ts';
import type { Request } from '../../../core/observe/process-requests.ts';
import type { KnownProcesses } from './known-processes.ts';
import type { Peers } from './peers.ts';

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
