import type { Appended } from '../mailbox/mailbox-store.ts';
import type { StagedBody } from '../mailbox/message-bodies.ts';
import type { AccountId, Address, ReversePath } from '../values/address.ts';
import type { Flag } from '../values/flags.ts';
import type { BodyId, HolderId, MailboxId, SpoolId, SpoolRowId } from '../values/ids.ts';
import type { MessageFacts } from '../values/message-facts.ts';

/** Where a row is to be delivered: into mailboxes here, or to the MX (or smarthost) for a domain. */
export type NextHop = { readonly kind: 'local' } | { readonly kind: 'domain'; readonly domain: string };

/** One recipient of a row. Local: the account it resolved to; the original address is kept for reports. */
export interface SpoolRecipient {
  readonly address: Address;
  readonly account?: AccountId;
}

/** How a body must be sent on: what the client declared (RFC 6152, RFC 6531). */
export interface BodyDeclaration {
  readonly eightBit: boolean;
  readonly utf8: boolean;
}

export interface NewSpoolRow {
  readonly nextHop: NextHop;
  readonly reversePath: ReversePath;
  readonly recipients: readonly SpoolRecipient[];
  readonly declared: BodyDeclaration;
  /** The account that submitted it. */
  readonly submittedBy?: AccountId;
}

/** One message and next hop, kept until every recipient has it or was given up. */
export interface SpoolRow extends NewSpoolRow {
  readonly id: SpoolRowId;
  readonly message: SpoolId;
  readonly body: BodyId;
  readonly facts: MessageFacts;
  /** Milliseconds since the epoch, like all times here. */
  readonly acceptedAt: number;
  readonly nextAttemptAt: number;
  readonly attempts: number;
  readonly lastError?: string;
  /** Held rows are tried only after an operator's `retry`. */
  readonly held: boolean;
  readonly claimedBy?: HolderId;
  readonly claimedUntil?: number;
}

export interface SpoolFilter {
  readonly nextHop?: NextHop;
  readonly held?: boolean;
  readonly limit: number;
}

/** A copy for the INBOX of an account. */
export interface InboxCopy {
  readonly account: AccountId;
  /** Header octets (latin1) to stand before the body: Return-Path. */
  readonly prefix: string;
  /** ms since the epoch. */
  readonly internalDate: number;
}

/**
 * Accepted messages not yet delivered: taking one is our promise. Durable when `add` resolves; that is the moment of `250`.
 *
 * Promise: a row is claimed by at most one holder at a time (a claim whose time is over may be taken by another).
 */
export interface Spool {
  /**
   * Takes a staged body and writes one row per next hop, all or nothing.
   */
  add(message: SpoolId, body: StagedBody, rows: readonly NewSpoolRow[], acceptedAt: number): Promise<readonly SpoolRow[]>;
  /**
   * Accepts a message and delivers it in one durable step, where spool and mailboxes are one store: it never stands in the spool.
   * @returns false, with nothing done, when the store can't do both at once, or an account has no INBOX any more
   */
  addDelivered(body: StagedBody, copies: readonly InboxCopy[]): Promise<boolean>;
  /** Claims rows that are due, oldest `nextAttemptAt` first. */
  claimDue(nextHop: NextHop, now: number, claim: Claim, most: number): Promise<readonly SpoolRow[]>;
  /** Claims one row, due or not, unless held or claimed by another. */
  claim(id: SpoolRowId, now: number, claim: Claim): Promise<SpoolRow | undefined>;
  /** Prolongs. @returns false when the claim was lost */
  renewClaim(id: SpoolRowId, claim: Claim): Promise<boolean>;
  /** All recipients done: the row goes. @returns false when the claim was lost */
  finish(id: SpoolRowId, by: HolderId): Promise<boolean>;
  /**
   * The short road of local delivery: appends the row's body to the mailboxes and finishes the row (or, with `rest`, defers it) in one
   * step, synced once. Appends keep MailboxStore.append's promises; a mailbox that is gone is answered 'gone' and the others get theirs.
   * @returns one answer per copy, in order; 'claim-lost', and nothing done, when the claim was lost
   */
  deliver(
    id: SpoolRowId,
    by: HolderId,
    copies: readonly LocalCopy[],
    rest?: Deferral,
  ): Promise<readonly (Appended | 'gone')[] | 'claim-lost'>;
  /** Some or all recipients left: try them later, or hold them. Ends the claim. @returns false when the claim was lost */
  defer(id: SpoolRowId, by: HolderId, again: Deferral): Promise<boolean>;
  /** Next hops that have rows due now and unclaimed, and when the next one after that is due. */
  due(now: number): Promise<{ readonly nextHops: readonly NextHop[]; readonly soonest?: number }>;

  list(filter: SpoolFilter): Promise<readonly SpoolRow[]>;
  get(id: SpoolRowId): Promise<SpoolRow | undefined>;
  /** Due at once, no longer held. */
  retry(id: SpoolRowId, now: number): Promise<boolean>;
  hold(id: SpoolRowId, reason: string): Promise<boolean>;
  /** @returns false when there is none, or it is being delivered right now */
  delete(id: SpoolRowId, now: number): Promise<boolean>;
}

/** What one mailbox gets of a delivered row: its own prefix (Return-Path), the same body. */
export interface LocalCopy {
  readonly mailbox: MailboxId;
  readonly prefix: string;
  readonly flags: readonly Flag[];
  readonly internalDate: number;
  readonly deliveryKey: string;
}

export interface Claim {
  readonly by: HolderId;
  readonly until: number;
}

export interface Deferral {
  readonly recipients: readonly SpoolRecipient[];
  readonly nextAttemptAt: number;
  readonly error: string;
  readonly hold?: boolean;
}
