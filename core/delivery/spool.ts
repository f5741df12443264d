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
  /** When the sender wants a report (RFC 3461 section 4.1). Not said: on failure, and on delay. */
  readonly notify?: 'never' | readonly ('success' | 'failure' | 'delay')[];
  /** The address the sender first wrote, with its type: `rfc822;bob@example.net` (RFC 3461 section 4.2), xtext decoded. */
  readonly original?: string;
  /** What was last said about it. */
  readonly last?: HostAnswer;
}

/** One reply about a recipient. */
export interface HostAnswer {
  /** As it came, one line, bounded: `450 4.2.1 try again later`. Ours begin with an enhanced code. */
  readonly reply: string;
  /** Name of the host that said it; undefined when we did. */
  readonly host?: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** A recipient that needs nothing more; kept until the whole row ends, so that an operator sees what became of everyone. */
export interface SettledRecipient {
  readonly address: Address;
  readonly result: 'delivered' | 'failed';
  readonly answer: HostAnswer;
}

/** One attempt at a row. */
export interface Attempt {
  /** ms since the epoch. */
  readonly at: number;
  /** Whom we spoke with, or tried to; undefined when it never came to that. */
  readonly host?: string;
  readonly ip?: string;
  /** What came of it, one line. */
  readonly result: string;
  /** The last attempt's dialogue, a line each, `> ` ours, `< ` theirs; secrets and message left out, bounded. */
  readonly dialogue?: readonly string[];
}

/** What happened to a row so far. */
export interface RowHistory {
  /** Newest last, at most ten. */
  readonly attempts: readonly Attempt[];
  readonly settled: readonly SettledRecipient[];
  /** When the sender was told of the delay, ms since the epoch. */
  readonly warnedAt?: number;
}

export const noHistory: RowHistory = { attempts: [], settled: [] };

/** What the sender asked of reports (RFC 3461 section 4.3 and 4.4). */
export interface ReportWishes {
  readonly return?: 'full' | 'headers';
  /** xtext decoded. */
  readonly envelopeId?: string;
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
  readonly reports?: ReportWishes;
  /** A report of our own making: signed when there is a key for the domain of its author. */
  readonly ownReport?: boolean;
  /** Only over TLS, with a host that asks the same of others (RFC 8689). */
  readonly requireTls?: boolean;
  /** Header octets (latin1, CRLF at the end) of ours to stand before the body in mailboxes here, behind Return-Path. */
  readonly prefix?: string;
  /** Local copies go to the Junk mailbox. */
  readonly junk?: boolean;
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
  readonly history: RowHistory;
  /** Set by an operator: how this row leaves, whatever the rules for its domain say. As core/delivery/route-choice.ts writes it. */
  readonly via?: string;
  /** Held rows are tried only after an operator's `retry`. */
  readonly held: boolean;
  readonly claimedBy?: HolderId;
  readonly claimedUntil?: number;
}

export interface SpoolFilter {
  readonly nextHop?: NextHop;
  readonly held?: boolean;
  /** Stands in the row's id, the reverse-path, a recipient's address or the last error, whatever the letter case. */
  readonly text?: string;
  readonly limit: number;
}

/** What waits for one next hop. Times are ms since the epoch. */
export interface HopBacklog {
  readonly nextHop: NextHop;
  readonly rows: number;
  readonly held: number;
  /** When the oldest of them was accepted. */
  readonly oldest: number;
  /** When the first of those that are not held may be taken. */
  readonly soonest?: number;
  /** The error that most of them share, and how many do. */
  readonly error?: { readonly text: string; readonly rows: number };
}

/** A copy for the INBOX of an account. */
export interface InboxCopy {
  readonly account: AccountId;
  /** Header octets (latin1) to stand before the body: Return-Path and what the row's `prefix` would be. */
  readonly prefix: string;
  /** For the Junk mailbox instead, which is made when it is not there. */
  readonly junk?: boolean;
  /** ms since the epoch. */
  readonly internalDate: number;
  /** The same key lands once in a mailbox, as with MailboxStore.append. */
  readonly deliveryKey?: string;
}

/**
 * Accepted messages not yet delivered: taking one is our promise. Durable when `add` resolves; that is the moment of `250`.
 *
 * Promise: a row is claimed by at most one holder at a time (a claim whose time is over may be taken by another).
 */
export interface Spool {
  /**
   * Takes a staged body and writes one row per next hop, all or nothing. A message of which rows are still there is not added again: the
   * answer is those rows, and the store does away with the new body.
   */
  add(message: SpoolId, body: StagedBody, rows: readonly NewSpoolRow[], acceptedAt: number): Promise<readonly SpoolRow[]>;
  /**
   * Accepts a message and delivers it in one durable step, where spool and mailboxes are one store: it never stands in the spool.
   * A copy whose key has landed before is done already.
   * @returns false, with nothing done, when the store can't do both at once, or an account has no INBOX any more
   */
  addDelivered(body: StagedBody, copies: readonly InboxCopy[]): Promise<boolean>;
  /** Claims rows that are due, oldest `nextAttemptAt` first. */
  claimDue(nextHop: NextHop, now: number, claim: Claim, most: number): Promise<readonly SpoolRow[]>;
  /** Claims one row, due or not, unless claimed by another. @param held also one that is held, which an operator's bounce is for. @default false */
  claim(id: SpoolRowId, now: number, claim: Claim, held?: boolean): Promise<SpoolRow | undefined>;
  /** Prolongs. @returns false when the claim was lost */
  renewClaim(id: SpoolRowId, claim: Claim): Promise<boolean>;
  /**
   * All recipients done: the row goes.
   * @param reports messages to be added in the same durable step, so that a report is never lost and never sent twice
   * @returns false, with nothing done, when the claim was lost; their bodies stay staged then
   */
  finish(id: SpoolRowId, by: HolderId, reports?: readonly NewMessage[]): Promise<boolean>;
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
    reports?: readonly NewMessage[],
  ): Promise<readonly (Appended | 'gone')[] | 'claim-lost'>;
  /** Some or all recipients left: try them later, or hold them. Ends the claim. @param reports as in `finish`. @returns false when the claim was lost */
  defer(id: SpoolRowId, by: HolderId, again: Deferral, reports?: readonly NewMessage[]): Promise<boolean>;
  /** Ends a claim under which nothing was done: the row is as it was before. @returns false when the claim was lost */
  giveBack(id: SpoolRowId, by: HolderId): Promise<boolean>;
  /** What waits for whom, and when the first row of a next hop that has none due now will be. */
  due(now: number, most: MostDue): Promise<Due>;

  /** Oldest first. */
  list(filter: SpoolFilter): Promise<readonly SpoolRow[]>;
  /** One look at everything, for an operator; reads the whole spool. In no order. */
  backlog(): Promise<readonly HopBacklog[]>;
  get(id: SpoolRowId): Promise<SpoolRow | undefined>;
  /** Due at once, no longer held. */
  retry(id: SpoolRowId, now: number): Promise<boolean>;
  hold(id: SpoolRowId, reason: string): Promise<boolean>;
  /** No longer held, and due when it was due before. */
  release(id: SpoolRowId): Promise<boolean>;
  /** @param via undefined: as the rules say */
  reroute(id: SpoolRowId, via: string | undefined): Promise<boolean>;
  /** @returns false when there is none, or it is being delivered right now */
  delete(id: SpoolRowId, now: number): Promise<boolean>;
}

/** Bounds of an answer, so that a full spool can be looked at often. */
export interface MostDue {
  /** Those whose first row has been due longest are told. */
  readonly hops: number;
  /** How far the rows of each are counted. */
  readonly rows: number;
}

/** One next hop with rows that are due and unclaimed. */
export interface DueHop {
  readonly nextHop: NextHop;
  /** At least 1, at most `MostDue.rows`. */
  readonly rows: number;
  /** When the first of them became due, ms since the epoch. */
  readonly since: number;
}

export interface Due {
  /** The one that waits longest first. */
  readonly hops: readonly DueHop[];
  readonly soonest?: number;
}

/** A spool whose mailboxes may be in another store: all that outbound sessions and reports need. */
export type OutboundSpool = Omit<Spool, 'deliver'>;

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
  /** Takes the place of the row's. @default - stays as it is */
  readonly history?: RowHistory;
  /** Nothing was tried (no slot free, say): `attempts` stays as it is. @default false */
  readonly untried?: boolean;
}

/** A message of our own making that enters the spool. */
export interface NewMessage {
  readonly message: SpoolId;
  readonly body: StagedBody;
  readonly rows: readonly NewSpoolRow[];
  readonly acceptedAt: number;
}
