import type { HolderId } from '../values/ids.ts';
import type { OpId } from './slot-store.ts';

/** One life of a holder, from its registration to its death. A process that was declared dead goes on under a new one. */
export interface Epoch {
  readonly holder: HolderId;
  /** The next operation id: never used before, and it only grows (rule 1), as number and as text. */
  nextOp(): OpId;
}

export function newEpoch(holder: HolderId): Epoch {
  let last = 0;
  return {
    holder,
    nextOp: () => {
      last += 1;
      return last.toString(36).padStart(9, '0') as OpId;
    },
  };
}
