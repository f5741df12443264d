import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Ask, Asking } from '../../../core/observe/asking.ts';
import { type FactsOf, type Parsed, parsedObject, parseFacts } from '../../../core/observe/process-facts.ts';
import type { Request } from '../../../core/observe/process-requests.ts';
import { askFunction } from '../stage-names.ts';
import { unpackFacts } from './packed-facts.ts';

export interface OutsideDeps {
  readonly stage: string;
  /** @default that of the Region */
  readonly endpoint?: string;
  /** Told when there were more facts than an answer takes. */
  readonly cut: (request: Request) => void;
}

/**
 * For operators, who are not in the VPC: a function in it asks the processes and answers with what they said. Who is allowed to call that function
 * is allowed to ask, and to end sessions.
 */
export function openAskingFromOutside({ stage, endpoint, cut }: OutsideDeps): { readonly ask: Ask; close(): void } {
  const client = new LambdaClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
  const ask = async <R extends Request>(request: R, { only, except, within }: Asking = {}): Promise<readonly FactsOf[R['ask']][]> => {
    const payload = JSON.stringify({ request, only, except, within });
    const { Payload, FunctionError } = await client.send(new InvokeCommand({ FunctionName: askFunction(stage), Payload: payload }));
    const answer = parsedObject(Buffer.from(Payload ?? []).toString());
    if (FunctionError !== undefined) throw new Error(`${askFunction(stage)} failed: ${String(answer?.errorMessage).slice(0, 500)}`);
    const { facts, isWhole } = unpackFacts(answer);
    if (!isWhole) cut(request);
    const parse = parseFacts[request.ask] as (fact: Parsed) => FactsOf[R['ask']] | undefined;
    return facts.flatMap((fact) => parse(fact) ?? []);
  };
  return { ask, close: () => client.destroy() };
}
