import type { Acl, AclChange, Identifier } from '../accounts/acl.ts';
import type { AccountId } from '../values/address.ts';
import type { Flag, FlagChange, MayFlag } from '../values/flags.ts';
import type { BodyId, MailboxId } from '../values/ids.ts';
import type { MessageFacts } from '../values/message-facts.ts';
import type { NumberSet } from '../values/number-set.ts';
import type { Modseq, Uid } from '../values/uid.ts';
import type { StagedBody } from './message-bodies.ts';

/** Uses of RFC 6154 that a mailbox may be marked with. */
export type SpecialUse = '\\Archive' | '\\Drafts' | '\\Junk' | '\\Sent' | '\\Trash';

/** A named mailbox of one account. Levels are separated by `/`; `INBOX` is always spelled so and always there. */
export interface Mailbox {
  readonly id: MailboxId;
  /** What clients are told (MAILBOXID, RFC 8474): random, no other mailbox ever has it, in this store or one that takes its place. @default - id is so */
  readonly objectId?: string;
  readonly account: AccountId;
  /** Unicode, not modified UTF-7: the wire translates. */
  readonly name: string;
  readonly uidValidity: number;
  readonly specialUse?: SpecialUse;
  /** Who else may do what. @default nobody */
  readonly acl?: Acl;
}

/** A line of LIST: a mailbox, or a level that only has children, or a subscription whose mailbox is gone. */
export interface MailboxEntry {
  readonly name: string;
  readonly mailbox?: Mailbox;
  readonly subscribed: boolean;
}

/** Counts of STATUS. */
export interface MailboxStatus {
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  /** Octets, prefixes included. */
  readonly size: number;
  readonly recent: number;
  readonly uidNext: Uid;
  readonly highestModseq: Modseq;
}

/** What a SELECT reads of a mailbox. */
export interface MailboxContents {
  /** Ascending. The caller's to keep. */
  readonly uids: Uint32Array;
  /** In use, in the order of the messages that have them first; one may be there in several spellings. */
  readonly keywords: readonly Flag[];
  /** undefined: all are \Seen. */
  readonly firstUnseen?: Uid;
  readonly status: MailboxStatus;
}

/** A message's flags: nothing else. */
export interface FlagRow {
  readonly uid: Uid;
  readonly flags: readonly Flag[];
  readonly modseq: Modseq;
}

/** A message as it stands in a mailbox. */
export interface MessageRecord extends FlagRow {
  /** Milliseconds since the epoch (INTERNALDATE). */
  readonly internalDate: number;
  /** When it came into this mailbox, by append, copy or move; ms since the epoch (RFC 8514). undefined: before such dates were kept. */
  readonly savedAt?: number;
  readonly body: BodyId;
  /** Header octets (latin1) that stand before the body: Return-Path, added at delivery. The message is prefix + body. */
  readonly prefix: string;
  /** RFC822.SIZE: prefix + body. */
  readonly size: number;
  readonly facts: MessageFacts;
  /** `facts.date`, where it is at hand sooner than they are: an order by date asks for nothing else. */
  readonly sentAt?: number | undefined;
}

/** What a POP3 session reads per message when it opens the maildrop. */
export interface SizeRow {
  readonly uid: Uid;
  /** As MessageRecord.size. */
  readonly size: number;
}

/** What happened in a mailbox after a MODSEQ. */
export interface MailboxDelta {
  /** Flags changed or message new since; ascending UIDs. */
  readonly changed: readonly FlagRow[];
  /** Gone since. Complete as far back as the expunge history reaches, which is for ever here. */
  readonly vanished: NumberSet;
  readonly highestModseq: Modseq;
  readonly uidNext: Uid;
  /** As Mailbox.acl, now: a session that follows a mailbox hears with its changes what it may still do there. */
  readonly acl?: Acl;
}

export interface NewMessage {
  readonly body: StagedBody | { readonly id: BodyId; readonly facts: MessageFacts };
  readonly prefix: string;
  readonly flags: readonly Flag[];
  readonly internalDate: number;
  /** Same key twice into the same mailbox lands once (a spool id, say). */
  readonly deliveryKey?: string;
}

export interface Appended {
  readonly uid: Uid;
  readonly modseq: Modseq;
  /** False when the deliveryKey had been appended before: uid is that of the first time (0 when it was expunged since). */
  readonly fresh: boolean;
}

export interface FlagsChanged {
  readonly changed: readonly FlagRow[];
  /** Messages that had changed after `unchangedSince` and were left alone (RFC 7162 section 3.1.3). */
  readonly refused: NumberSet;
}

/** UIDs in the order of the sources; the two lists are of one length (COPYUID, RFC 4315). */
export interface Copied {
  readonly from: readonly Uid[];
  readonly to: readonly Uid[];
}

export type MailboxRefusal = 'exists' | 'no-such-mailbox' | 'has-children' | 'is-inbox' | 'bad-name' | 'too-many' | 'use-taken';

/**
 * Mailboxes, their messages' flags and places. Bodies are elsewhere.
 *
 * Promises: UIDs of a mailbox strictly rise in commit order, and MODSEQs never go back: a reader that saw MODSEQ m never misses a change
 * ≤ m. Every method that changes something is durable when it resolves, and tells MailboxChanges afterwards. Each is atomic, except that
 * `expunge` and `changeFlags` may work through many messages in several steps, atomic each, so that others can write between: when one
 * throws, messages before may have changed. A mailbox that is gone answers `no-such-mailbox` or, in the methods that take a MailboxId, throws MailboxGone.
 */
export interface MailboxStore {
  /** All names of an account, missing parents included, sorted by name with INBOX first. */
  list(account: AccountId): Promise<readonly MailboxEntry[]>;
  find(account: AccountId, name: string): Promise<Mailbox | undefined>;
  /** Parents that are missing are made too (RFC 9051 section 6.3.4). What is made has the list of rights of the mailbox above it. */
  create(account: AccountId, name: string, specialUse?: SpecialUse): Promise<Mailbox | MailboxRefusal>;
  /** Inferiors move too. INBOX: its messages move to the new name, INBOX stays, empty. Missing parents of `to` are made. */
  rename(account: AccountId, from: string, to: string): Promise<'renamed' | MailboxRefusal>;
  /** Messages go; a mailbox with children keeps its name as a level without a mailbox (\Noselect). */
  delete(account: AccountId, name: string): Promise<'deleted' | MailboxRefusal>;
  /** A name may be subscribed whether or not it is there (RFC 9051 section 6.3.7), others' too (`#users/…`, `#public/…`). Refused are only `bad-name` and `too-many`. */
  subscribe(account: AccountId, name: string, on: boolean): Promise<'done' | MailboxRefusal>;

  /**
   * Changes one entry of a mailbox's list of rights, which goes with the mailbox wherever it is renamed to, and whoever watches it hears.
   * Entries about an account go when it is removed. Refused are `no-such-mailbox`, and `too-many` entries, or owners who share with this identifier.
   */
  changeRights(account: AccountId, name: string, identifier: Identifier, change: AclChange): Promise<'done' | MailboxRefusal>;
  /** The list of rights as it is now: one small read. @throws MailboxGone */
  acl(mailbox: MailboxId): Promise<Acl>;
  /** Owners of mailboxes in whose lists one of these identifiers stands, each once. A bounded index answers, not the mailboxes. */
  sharers(identifiers: readonly Identifier[]): Promise<readonly AccountId[]>;
  /**
   * An owner's mailboxes in whose lists one of these identifiers stands, in no order: at most maxShared for each, however many the owner has.
   * @default - a store that keeps no index of them is asked for its list
   */
  sharedBy?(owner: AccountId, identifiers: readonly Identifier[]): Promise<readonly Mailbox[]>;

  status(mailbox: MailboxId): Promise<MailboxStatus>;
  /** Each as it is at some moment; those that are gone are not in it. @param mailboxes each once */
  statuses(mailboxes: readonly MailboxId[]): Promise<ReadonlyMap<MailboxId, MailboxStatus>>;
  /** Read in one snapshot. */
  contents(mailbox: MailboxId): Promise<MailboxContents>;
  /** Every message's flags, ascending UIDs, read in one snapshot with the status. */
  snapshot(mailbox: MailboxId): Promise<{ readonly rows: readonly FlagRow[]; readonly status: MailboxStatus }>;
  /** Flags of some messages, ascending UIDs, in one snapshot; UIDs without a message are passed over. */
  flags(mailbox: MailboxId, uids: NumberSet): Promise<readonly FlagRow[]>;
  /** Every message's size, ascending UIDs, in one snapshot. */
  sizes(mailbox: MailboxId): Promise<readonly SizeRow[]>;
  changesSince(mailbox: MailboxId, modseq: Modseq): Promise<MailboxDelta>;
  /** Makes the caller the one session for which messages not yet claimed are \Recent. @returns their UIDs; those that come later are not among them */
  claimRecent(mailbox: MailboxId): Promise<NumberSet>;
  /**
   * Of these UIDs, those of messages whose envelope may hold one of the texts: Subject, addresses, Message-ID, In-Reply-To, as searches compare them.
   * It only rules out, for much less than the records would cost. UIDs without a message may be in what is returned.
   * @param texts in the form of casemap, well-formed, not empty, few. @throws the signal's reason
   * @default - can't be told without the records
   */
  readonly envelopesWith?: (mailbox: MailboxId, uids: NumberSet, texts: readonly string[], signal?: AbortSignal) => Promise<NumberSet>;
  /** Records in ascending UIDs, streamed; UIDs without a message are passed over. */
  messages(mailbox: MailboxId, uids: NumberSet): AsyncIterable<MessageRecord>;

  /** All or none (RFC 3502 semantics); in the order given. */
  append(mailbox: MailboxId, messages: readonly NewMessage[]): Promise<readonly Appended[]>;
  /**
   * Appends a message to one mailbox, and expunges another from the same or a second one, in one step (RFC 8508): nobody sees both or neither.
   * @returns undefined, nothing done, when there is no message `uid` in `from` any more; the body is then still the caller's
   */
  replace(from: MailboxId, uid: Uid, to: MailboxId, message: NewMessage): Promise<Appended | undefined>;
  /** Messages whose flags were so already keep their MODSEQ and are in neither list. @throws TooManyKeywords, and then the step it came from has changed nothing */
  changeFlags(mailbox: MailboxId, uids: NumberSet, change: FlagChange, unchangedSince?: Modseq): Promise<FlagsChanged>;
  /** Removes those of `uids` that are there and, unless `whateverFlags`, have \Deleted. */
  expunge(mailbox: MailboxId, uids: NumberSet, whateverFlags?: boolean): Promise<{ readonly expunged: NumberSet; readonly modseq: Modseq }>;
  /**
   * @param keepMetadata flags and internal date go with the copies; otherwise no flags and `now`
   * @param mayFlag which of the flags may be set there. @default all
   */
  copy(from: MailboxId, uids: NumberSet, to: MailboxId, keepMetadata: boolean, mayFlag?: MayFlag): Promise<Copied>;
  /** Copy and expunge in one step (RFC 6851). */
  move(from: MailboxId, uids: NumberSet, to: MailboxId, keepMetadata: boolean, mayFlag?: MayFlag): Promise<Copied>;
}

/** The mailbox was deleted under a session that had it selected. */
export class MailboxGone extends Error {
  override readonly name = 'MailboxGone';
}

/** Of one account, and its subscriptions: a thousand times what people have; a bound all the same, because LIST answers them all. */
export const maxMailboxes = 10_000;

/** Keywords are kept per message, so their number is bounded. */
export const maxKeywords = 64;

/** A message would have more than `maxKeywords` keywords; append, copy and changeFlags throw it. */
export class TooManyKeywords extends Error {
  override readonly name = 'TooManyKeywords';
}
