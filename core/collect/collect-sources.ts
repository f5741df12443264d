import type { Claim } from '../delivery/spool.ts';
import type { HolderId, SpoolId } from '../values/ids.ts';
import type { Uidl } from './maildrop-client.ts';
import type { RunReport, Source, SourceFacts, SourceId, SourceName } from './source.ts';

/** What is known of a message that the server lists. */
export type Remembered =
  /** Begun under this id and not known to be here: whoever collects it does so under the same id. */
  | { readonly state: 'begun'; readonly message: SpoolId }
  /** Here since, ms. */
  | { readonly state: 'collected'; readonly at: number }
  /** More than so many octets came, which was too much then. */
  | { readonly state: 'too-large'; readonly octets: number };

export interface MemoryChanges {
  readonly set?: ReadonlyMap<Uidl, Remembered>;
  readonly forget?: readonly Uidl[];
}

/** How a run ends. */
export interface Settlement {
  readonly report: RunReport;
  readonly nextRunAt: number;
  readonly failures: number;
  /** Seconds. */
  readonly loginDelay: number;
}

export const mostSources = 10_000;

/**
 * The external accounts that mail is collected from, and what was collected from each. Every write is durable when it resolves and is seen
 * by all processes at their next look.
 *
 * Promise: a source is claimed by at most one holder at a time, and only that one changes what is remembered of it.
 */
export interface CollectSources {
  /** @returns the source, due at once; or why not */
  add(facts: SourceFacts, now: number): Promise<Source | 'name-taken' | 'too-many' | 'no-such-account'>;
  /** With all that is remembered of it. Whoever works on it loses its claim. @returns false when there is none */
  remove(name: SourceName): Promise<boolean>;
  /** By name. */
  list(): Promise<readonly Source[]>;
  find(name: SourceName): Promise<Source | undefined>;
  /** Due now if it is enabled. A run that is on goes on. @returns false when there is none */
  runNow(name: SourceName, now: number): Promise<boolean>;
  /** Left alone from the end of its run on. @returns false when there is none */
  hold(name: SourceName): Promise<boolean>;
  /** Enabled again and due now, its failures forgotten. @returns false when there is none */
  release(name: SourceName, now: number): Promise<boolean>;

  /** How many are enabled, due and unclaimed, and when the next one after these is. */
  due(now: number): Promise<{ readonly due: number; readonly soonest?: number }>;
  /** Claims the one that has been due longest. @param without hosts that are left out */
  claimDue(now: number, claim: Claim, without: readonly string[]): Promise<Source | undefined>;
  /** @returns false when the claim was lost, as all of these */
  renewClaim(id: SourceId, claim: Claim): Promise<boolean>;
  /** Unclaimed and as due as before: nothing was tried. */
  letGo(id: SourceId, by: HolderId): Promise<boolean>;
  /** Ends the claim; `collected` counts on, and so does the last success when the result is `done` or `more`. */
  settle(id: SourceId, by: HolderId, settlement: Settlement): Promise<boolean>;

  remembered(id: SourceId): Promise<ReadonlyMap<Uidl, Remembered>>;
  remember(id: SourceId, by: HolderId, changes: MemoryChanges): Promise<boolean>;
}
