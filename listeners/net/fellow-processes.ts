import type { RestingFacts } from '../../core/observe/process-facts.ts';
import type { AccountId } from '../../core/values/address.ts';

/** A session of this process between two commands: it could be ended without cutting anything off. */
export type RestingSession = Omit<RestingFacts, 'process'>;

/** The other processes that serve on the same world, as far as they answer. Best effort: nobody's limit depends on it. */
export interface FellowProcesses {
  /** IMAP sessions of the account that rest. */
  resting(account: AccountId): Promise<readonly RestingFacts[]>;
  /** Asks the process that has this session to say goodbye to it, because a newer one takes its place. @returns false when it is over or began a command */
  replace(session: RestingFacts): Promise<boolean>;
}

/** There are no others, or none that could be talked to. */
export const alone: FellowProcesses = { resting: async () => [], replace: async () => false };
