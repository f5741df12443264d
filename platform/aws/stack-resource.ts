/** What CloudFormation asks of a resource of ours, and where it waits for the answer. */
export interface ResourceRequest {
  readonly wanted: 'Create' | 'Update' | 'Delete';
  readonly properties: Readonly<Record<string, unknown>>;
  readonly answerTo: string;
  /** Given back as they came. */
  readonly identity: { readonly StackId: string; readonly RequestId: string; readonly LogicalResourceId: string };
}

const kinds = ['Create', 'Update', 'Delete'] as const;

/** @throws naming what is missing: then nobody waits for an answer */
export function parseResourceRequest(event: unknown): ResourceRequest {
  const asked = (typeof event === 'object' && event !== null ? event : {}) as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const value = asked[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new Error(`no request of CloudFormation: ${name} is missing`);
  };
  const wanted = kinds.find((kind) => kind === asked.RequestType);
  if (wanted === undefined) throw new Error('no request of CloudFormation: RequestType is missing');
  const { ResourceProperties: properties } = asked;
  return {
    wanted,
    properties: typeof properties === 'object' && properties !== null ? (properties as Record<string, unknown>) : {},
    answerTo: text('ResponseURL'),
    identity: { StackId: text('StackId'), RequestId: text('RequestId'), LogicalResourceId: text('LogicalResourceId') },
  };
}

const attempts = 3;
const answerTime = 10_000; // ms
const mostReason = 1_000; // characters: an answer may have 4,096 octets

export interface AnswerDeps {
  /** @default - the platform's */
  readonly fetch?: typeof fetch;
}

/**
 * Does the work and says so where CloudFormation waits, also when the work failed: an answer that never comes holds a deploy up for an hour.
 * @param name the resource's own, for ever: with another one CloudFormation would delete the old resource
 */
export async function answerResource(
  request: ResourceRequest,
  name: string,
  work: () => Promise<unknown>,
  deps: AnswerDeps = {},
): Promise<void> {
  let failure: unknown;
  try {
    await work();
  } catch (error) {
    failure = error;
  }
  const told = failure === undefined ? { Status: 'SUCCESS' } : { Status: 'FAILED', Reason: reasonOf(failure) };
  await put(request.answerTo, JSON.stringify({ ...told, PhysicalResourceId: name, ...request.identity }), deps.fetch ?? fetch);
  if (failure !== undefined) throw failure;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, mostReason);

/** The address is signed for a PUT without a type. */
async function put(url: string, body: string, send: typeof fetch): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const headers = { 'content-type': '', 'content-length': String(Buffer.byteLength(body)) };
      const { ok, status } = await send(url, { method: 'PUT', body, headers, signal: AbortSignal.timeout(answerTime) });
      if (ok) return;
      throw new Error(`CloudFormation's bucket answered ${status}`);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}
