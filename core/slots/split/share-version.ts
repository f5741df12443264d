import type { HolderId } from '../../values/ids.ts';
import type { OpId } from '../slot-store.ts';

const hour = 3_600_000; // ms
const claimed = '?';
/** All that is random in a ULID. A root has up to 64 such versions, and is paid by the KB. */
const tail = 16;

/**
 * Versions of shares. Unique, because the holder's id is. They begin with the hour they were made in, by the store's clock, so that who sees
 * a root knows when it was written last; and those of a claim are marked.
 */
export function shareVersions(now: () => number): (holder: HolderId, isClaim: boolean) => OpId {
  let made = 0;
  return (holder, isClaim) => {
    made += 1;
    return `${Math.floor(now() / hour).toString(36)}.${holder.slice(-tail)}.${made.toString(36)}${isClaim ? claimed : ''}` as OpId;
  };
}

/** @returns the end of the hour in which it was made, ms */
export const madeBefore = (version: OpId): number => (Number.parseInt(version.split('.', 1)[0] ?? '', 36) + 1) * hour;

/** Somebody is about to raise the share. */
export const isClaim = (version: OpId | undefined): boolean => version?.endsWith(claimed) === true;
