import type { Ask } from '../core/observe/asking.ts';
import { isProcessName, type Parsed, type ProcessName } from '../core/observe/process-facts.ts';
import { parseRequest } from '../core/observe/process-requests.ts';
import { openAsking } from '../platform/aws/talk/asking-from-inside.ts';
import { type PackedFacts, packFacts } from '../platform/aws/talk/packed-facts.ts';
import { mailWorldNames } from '../platform/aws/world-names.ts';

/** Opened for each invocation: a container stands still between two of them, and connections that it kept would be broken. */
export const handler = async (event: unknown): Promise<PackedFacts> => {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const opened = openAsking({ table: mailWorldNames(process.env).tables.mail, ...(endpoint === undefined ? {} : { endpoint }) });
  try {
    return await askFor(event as Parsed, opened.ask);
  } finally {
    opened.close();
  }
};

/** ms: nobody is answered later than a person waits. */
const longestWait = 10_000;

/**
 * Asks the processes of the stage what an operator outside of the VPC wants to know, or to be done.
 * @throws when it is no request: its caller, who alone sees it, is a command of ours
 */
export async function askFor(event: Parsed, ask: Ask): Promise<PackedFacts> {
  const { request: asked, only, except, within } = event ?? {};
  const request = parseRequest(typeof asked === 'object' && asked !== null ? (asked as Parsed) : undefined);
  if ('fault' in request) throw new Error(request.fault);
  const whom = {
    ...processNamed('only', only),
    ...processNamed('except', except),
    ...(typeof within === 'number' ? { within: Math.min(within, longestWait) } : {}),
  };
  return packFacts(await ask(request, whom));
}

function processNamed<K extends 'only' | 'except'>(key: K, value: unknown): { readonly [_ in K]?: ProcessName } {
  if (value === undefined) return {};
  if (!isProcessName(value)) throw new Error(`${key} takes the name of a process`);
  return { [key]: value } as { readonly [_ in K]: ProcessName };
}
