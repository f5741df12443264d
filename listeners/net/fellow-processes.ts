import type { AccountId } from '../../core/values/address.ts';
import type { SessionId } from '../../core/values/ids.ts';

/** A session between two commands: it could be ended without cutting anything off. */
export interface RestingSession {
  readonly id: SessionId;
  /** In IDLE, so that its program is not about to ask for anything. */
  readonly idling: boolean;
  /** ms since its last command ended, or IDLE began. */
  readonly restedFor: number;
}

/** The other processes that serve on the same world, as far as they answer. Best effort: nobody's limit depends on it. */
export interface FellowProcesses {
  /** IMAP sessions of the account that rest. */
  resting(account: AccountId): Promise<readonly RestingSession[]>;
  /** Asks the process that has this session to say goodbye to it, because a newer one takes its place. @returns whether one has */
  replace(session: SessionId): Promise<boolean>;
}

/** There are no others, or none that could be talked to. */
export const alone: FellowProcesses = { resting: async () => [], replace: async () => false };
