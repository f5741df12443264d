import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown } from '../../../core/slots/slot-store.ts';
import { callTime } from './client.ts';

/** What a request gets from here: its end, and the SDK's own watch set to the same. */
export interface Sending {
  readonly abortSignal: AbortSignal;
  readonly requestTimeout: number;
}

const firstPause = 25; // ms, doubled each time

/**
 * Sends a request until it is answered, for at most `time` ms. Only what is safe is sent again, and always as it was: every write of ours
 * names the version it starts from, so that of two copies one applies.
 * @param broke told when a connection broke and the request goes out again: the first copy may still be on its way
 * @throws OutcomeUnknown when the store was too busy or did not answer in time; whatever else was wrong as it is
 */
export async function answered<T>(
  send: (sending: Sending) => Promise<T>,
  { time = callTime, broke = () => {} }: { readonly time?: number; readonly broke?: () => void } = {},
): Promise<T> {
  const abortSignal = AbortSignal.timeout(time);
  for (let pause = firstPause; ; pause *= 2) {
    try {
      return await orAborted(send({ abortSignal, requestTimeout: time }), abortSignal);
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === 'fault') throw error;
      if (meaning === 'broken') broke();
      if (meaning === 'unclear' || !(await paused(pause, abortSignal))) {
        throw new OutcomeUnknown(`DynamoDB did not answer: ${nameOf(error)}`, { cause: error });
      }
    }
  }
}

/** The SDK obeys the signal while it waits for the network, but not while it waits for credentials. */
async function orAborted<T>(reply: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([reply, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** @returns false when time was up first */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
  return !signal.aborted;
}

/** `again`: it was not done. `broken`: most likely not, and it may be sent again too. `unclear`: it may have been done or be done yet. */
type Meaning = 'again' | 'broken' | 'unclear' | 'fault';

const throttles: readonly string[] = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'];
const noConnection: readonly string[] = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EMFILE'];
/** A connection that was kept open and that the other side closed as we wrote: usual, and over at once. */
const broken: readonly string[] = ['ECONNRESET', 'EPIPE'];

function meaningOf(error: unknown): Meaning {
  if (!(error instanceof Error)) return 'fault';
  const code = 'code' in error ? error.code : undefined;
  if (throttles.includes(error.name)) return 'again';
  if (typeof code === 'string' && noConnection.includes(code)) return 'again';
  if (typeof code === 'string' && broken.includes(code)) return 'broken';
  // The SDK's watch over the connection has no code, unlike the one over the reply: nothing was sent yet.
  if (error.name === 'TimeoutError' && code === undefined && !(error instanceof DOMException)) return 'again';
  if (error.name === 'TimeoutError' || error.name === 'AbortError' || isServerFault(error)) return 'unclear';
  return 'fault';
}

/** A 5xx; or a reply that is not DynamoDB's at all, which something on the way made. */
function isServerFault(error: Error): boolean {
  if (error instanceof SyntaxError) return true;
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return false;
  const status = 'httpStatusCode' in error.$metadata ? error.$metadata.httpStatusCode : undefined;
  return typeof status === 'number' && status >= 500;
}

const nameOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
