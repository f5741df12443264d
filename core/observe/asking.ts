import type { FactsOf, ProcessName } from './process-facts.ts';
import type { Request } from './process-requests.ts';

export interface Asking {
  /** Who has not answered after this time is left out, ms. @default 2000 */
  readonly within?: number;
  /** The process that is not to be asked: one knows itself. */
  readonly except?: ProcessName;
  /** The process that alone is to be asked. */
  readonly only?: ProcessName;
}

/**
 * Asks every process that serves on the same world. One that does not answer in time, or ends meanwhile, is left out.
 * @throws when it can't be found out which processes there are
 */
export type Ask = <R extends Request>(request: R, whom?: Asking) => Promise<readonly FactsOf[R['ask']][]>;
