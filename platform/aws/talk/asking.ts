import type { FactsOf, ProcessName } from '../../../core/observe/process-facts.ts';
import type { Request } from '../../../core/observe/process-requests.ts';

export interface Asking {
  /** Who has not answered after this time is left out, ms. @default 2000 */
  readonly within?: number;
  /** The process that is not to be asked: one knows itself. */
  readonly except?: ProcessName;
  /** The process that alone is to be asked. */
  readonly only?: ProcessName;
}

/** Asks every process of the stage. One that does not answer in time, or ends meanwhile, is left out. */
export type Ask = <R extends Request>(request: R, whom?: Asking) => Promise<readonly FactsOf[R['ask']][]>;
