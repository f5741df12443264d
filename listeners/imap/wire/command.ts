import type { Flag, FlagChange } from '../../../core/values/flags.ts';
import type { NumberSet } from '../../../core/values/number-set.ts';
import type { PartialRange } from '../../../core/values/partial-range.ts';
import type { SearchKey, SequenceSet } from '../../../core/values/search-key.ts';
import type { Section } from '../../../core/values/section.ts';
import type { SortProgram, ThreadAlgorithm } from '../../../core/values/sort-program.ts';
import type { Modseq } from '../../../core/values/uid.ts';

/**
 * Every command of IMAP4rev1, IMAP4rev2 and the extensions announced, complete and typed, as the parser hands it on (RFC 3501 section 6).
 * Mailbox names are Unicode (modified UTF-7 or, after ENABLE UTF8, UTF-8 was decoded; INBOX in capitals). Strings are octets as
 * latin1 unless said otherwise.
 */
export type Command = { readonly tag: string } & Verb;

export type Verb =
  | { readonly verb: 'CAPABILITY' | 'NOOP' | 'LOGOUT' | 'STARTTLS' | 'CHECK' | 'CLOSE' | 'UNSELECT' | 'IDLE' | 'NAMESPACE' }
  | { readonly verb: 'ID'; readonly params: readonly (readonly [key: string, value: string | undefined])[] }
  | { readonly verb: 'UNAUTHENTICATE' } // RFC 8437
  | { readonly verb: 'COMPRESS'; readonly mechanism: string } // upper case
  | { readonly verb: 'ENABLE'; readonly capabilities: readonly string[] } // upper case
  | { readonly verb: 'LOGIN'; readonly user: string; readonly password: string } // UTF-8 decoded
  | { readonly verb: 'AUTHENTICATE'; readonly mechanism: string; readonly initial?: string } // initial: base64 text, '' for '='
  | { readonly verb: 'SELECT' | 'EXAMINE'; readonly mailbox: string; readonly condstore: boolean; readonly qresync?: Resync }
  /** No groups: NONE. `status`: where mailboxes stand is told at once (RFC 5465). */
  | { readonly verb: 'NOTIFY'; readonly status: boolean; readonly groups: readonly NotifyGroup[] }
  | { readonly verb: 'CREATE'; readonly mailbox: string; readonly specialUse?: string }
  | { readonly verb: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE'; readonly mailbox: string }
  | { readonly verb: 'SETACL'; readonly mailbox: string; readonly identifier: string; readonly rights: string }
  | { readonly verb: 'DELETEACL' | 'LISTRIGHTS'; readonly mailbox: string; readonly identifier: string } // UTF-8 decoded
  | { readonly verb: 'GETACL' | 'MYRIGHTS'; readonly mailbox: string }
  | { readonly verb: 'RENAME'; readonly from: string; readonly to: string }
  | ({ readonly verb: 'LIST' } & ListAsked)
  | { readonly verb: 'LSUB'; readonly reference: string; readonly pattern: string }
  | { readonly verb: 'GETQUOTA' | 'SETQUOTA'; readonly root: string } // RFC 9208
  | { readonly verb: 'GETQUOTAROOT'; readonly mailbox: string }
  | { readonly verb: 'STATUS'; readonly mailbox: string; readonly items: readonly StatusItem[] }
  | ({ readonly verb: 'GETMETADATA' } & MetadataAsked)
  /** @example entry `/private/comment`, in lower case; a value that is undefined removes */
  | {
      readonly verb: 'SETMETADATA';
      readonly mailbox: string;
      readonly changes: readonly { readonly entry: string; readonly value: string | undefined }[];
    }
  | { readonly verb: 'APPEND'; readonly mailbox: string; readonly line: AppendLine }
  /** UID REPLACE when `uid`: one message is replaced (RFC 8508). */
  | { readonly verb: 'REPLACE'; readonly uid: boolean; readonly set: SequenceSet; readonly mailbox: string; readonly line: AppendLine }
  | { readonly verb: 'EXPUNGE'; readonly uids?: SequenceSet } // UID EXPUNGE has uids
  | {
      readonly verb: 'SEARCH';
      readonly uid: boolean;
      readonly returns?: SearchReturns;
      readonly charset?: string;
      readonly criteria: SearchKey;
    }
  | {
      readonly verb: 'SORT';
      readonly uid: boolean;
      readonly program: SortProgram;
      readonly returns?: SearchReturns;
      readonly charset: string;
      readonly criteria: SearchKey;
    }
  | {
      readonly verb: 'THREAD';
      readonly uid: boolean;
      readonly algorithm: ThreadAlgorithm;
      readonly charset: string;
      readonly criteria: SearchKey;
    }
  | {
      readonly verb: 'FETCH';
      readonly uid: boolean;
      readonly set: SequenceSet;
      readonly items: readonly FetchItem[];
      readonly changedSince?: Modseq;
      /** By UID: of the messages named, those at these places (RFC 9394 section 3.3). */
      readonly partial?: PartialRange;
      /** With changedSince, and by UID: what was expunged since is told too. */
      readonly vanished?: true;
    }
  | {
      readonly verb: 'STORE';
      readonly uid: boolean;
      readonly set: SequenceSet;
      readonly change: FlagChange;
      readonly silent: boolean;
      readonly unchangedSince?: Modseq;
    }
  | { readonly verb: 'COPY' | 'MOVE'; readonly uid: boolean; readonly set: SequenceSet; readonly mailbox: string };

/** What an APPEND is made of, in its order: messages, each with what its octets are (RFC 3501 section 6.3.11, RFC 3502, RFC 4469, RFC 6855). */
export type AppendPiece =
  | { readonly piece: 'message'; readonly flags: readonly Flag[]; readonly internalDate?: number }
  /** Octets, which are not here: they follow on the connection, so that nothing comes behind this piece. */
  | { readonly piece: 'text'; readonly size: number; readonly nonSync: boolean; readonly literal8: boolean }
  /** Octets of a message that is here already; as written. */
  | { readonly piece: 'url'; readonly url: string }
  /** Of the message. */
  | { readonly piece: 'end' };

/** As much of an APPEND as one line tells. */
export interface AppendLine {
  readonly pieces: readonly AppendPiece[];
  /** Where the grammar goes on behind the octets that come now; without it the command is whole. */
  readonly then?: AppendPlace;
}

/** `octets` are those of a plain message; the others have parentheses still to close. */
export type AppendPlace = 'octets' | 'utf8' | 'catenate' | 'catenate-utf8';

export type VerbName = Verb['verb'];

/** What a client that comes back knows of a mailbox (RFC 7162 section 3.2.5). */
export interface Resync {
  readonly uidValidity: number;
  readonly modseq: Modseq;
  /** UIDs it wants to hear of. @default all */
  readonly uids?: NumberSet;
  /** Message numbers it knew and their UIDs: both ascend, and the sets are of one size. */
  readonly matches?: { readonly msns: NumberSet; readonly uids: NumberSet };
}

/** Events of some mailboxes that a client wants to hear of (RFC 5465 section 8). */
export interface NotifyGroup {
  readonly where: NotifyWhere;
  readonly events: ReadonlySet<NotifyEvent>;
  /** What is to be told of new messages in the selected mailbox. */
  readonly items: readonly FetchItem[];
}

export type NotifyWhere =
  /** `delayed`: expunges wait for a command that may tell them. */
  | { readonly of: 'selected'; readonly delayed: boolean }
  | { readonly of: 'inboxes' | 'personal' | 'subscribed' }
  | { readonly of: 'subtree' | 'mailboxes'; readonly names: readonly string[] };

export type NotifyEvent =
  | 'MessageNew'
  | 'MessageExpunge'
  | 'FlagChange'
  | 'MailboxName'
  | 'SubscriptionChange'
  | 'MailboxMetadataChange'
  | 'ServerMetadataChange';

/** RETURN of RFC 4731, with SAVE of RFC 5182 and PARTIAL of RFC 9394. */
export interface SearchReturns {
  readonly items: readonly ('MIN' | 'MAX' | 'ALL' | 'COUNT')[];
  readonly partial?: PartialRange;
  readonly save: boolean;
}

export type StatusItem =
  | 'MESSAGES'
  | 'RECENT'
  | 'UIDNEXT'
  | 'UIDVALIDITY'
  | 'UNSEEN'
  | 'DELETED'
  | 'DELETED-STORAGE'
  | 'SIZE'
  | 'HIGHESTMODSEQ'
  | 'MAILBOXID'
  | 'APPENDLIMIT';

/** What LIST is to tell of which names (RFC 5258). */
export interface ListAsked {
  readonly reference: string;
  readonly patterns: readonly string[];
  /** Options or several patterns were given: the empty pattern is one like any other. */
  readonly extended: boolean;
  /** Only names that satisfy all of these; `recursive`: levels above those too. */
  readonly select: { readonly subscribed: boolean; readonly recursive: boolean; readonly specialUse: boolean };
  readonly tell: { readonly subscribed: boolean; readonly status?: readonly StatusItem[]; readonly metadata?: readonly string[] };
}

/** What GETMETADATA is to tell (RFC 5464 section 4.2). */
export interface MetadataAsked {
  /** Empty: the server. */
  readonly mailbox: string;
  /** In lower case. */
  readonly entries: readonly string[];
  /** Longer values are not told; octets. @default no bound */
  readonly maxSize?: number;
  /** Levels below the entries. */
  readonly depth: 0 | 1 | 'infinity';
}

export type FetchItem =
  | { readonly item: 'ENVELOPE' | 'FLAGS' | 'INTERNALDATE' | 'RFC822.SIZE' | 'UID' | 'BODYSTRUCTURE' | 'BODY' | 'MODSEQ' }
  /** `lazy`: only when it costs nothing (RFC 8970). */
  | { readonly item: 'PREVIEW'; readonly lazy: boolean }
  | { readonly item: 'EMAILID' | 'THREADID' | 'SAVEDATE' }
  /** RFC822, RFC822.HEADER, RFC822.TEXT and BODY[...]: `name` is what the response calls it, without `<partial>`. */
  | {
      readonly item: 'SECTION';
      readonly name: string;
      readonly section: Section;
      readonly peek: boolean;
      readonly partial?: { readonly offset: number; readonly count: number };
    }
  /** A part with its transfer encoding undone, and how long it is so (RFC 3516 section 4.2). `path` [] is the whole message. */
  | {
      readonly item: 'BINARY';
      readonly name: string;
      readonly path: readonly number[];
      readonly peek: boolean;
      readonly partial?: { readonly offset: number; readonly count: number };
    }
  | { readonly item: 'BINARY.SIZE'; readonly name: string; readonly path: readonly number[] };
