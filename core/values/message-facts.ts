/**
 * What is parsed once, when a message is accepted, and kept with its body: enough to answer ENVELOPE, BODYSTRUCTURE, sizes and
 * section offsets without reading the body again. All offsets and sizes are octets from the start of the stored body; a delivered
 * message has a short `prefix` (Return-Path) in front of it, see MessageRecord.
 */
export interface MessageFacts {
  readonly size: number;
  /** Value of the Date field as milliseconds since the epoch, when it has one that can be read (for SENTBEFORE and SORT). */
  readonly date?: number;
  /** Message IDs of the References field, oldest first (for THREAD): see referencesIn. Absent: not looked for when the message came, so it may have some. */
  readonly references?: readonly string[];
  readonly envelope: Envelope;
  readonly structure: MimePart;
  /** The beginning of its text, on one line (RFC 8970); absent where it was not at hand when the message came. */
  readonly preview?: string;
}

/** RFC 9051 section 7.5.2, ENVELOPE. Texts are raw header octets as a latin1 string, unfolded, not decoded (encoded-words stay). */
export interface Envelope {
  readonly date?: string;
  readonly subject?: string;
  readonly from: readonly EnvelopeAddress[];
  readonly sender: readonly EnvelopeAddress[];
  readonly replyTo: readonly EnvelopeAddress[];
  readonly to: readonly EnvelopeAddress[];
  readonly cc: readonly EnvelopeAddress[];
  readonly bcc: readonly EnvelopeAddress[];
  readonly inReplyTo?: string;
  readonly messageId?: string;
}

/** Group syntax is kept as RFC 9051 has it: a start entry has only `mailbox` (the group's name), an end entry has none of the fields. */
export interface EnvelopeAddress {
  readonly name?: string;
  /** Obsolete source route: `@a,@b` of `<@a,@b:c@d>`. */
  readonly route?: string;
  readonly mailbox?: string;
  readonly host?: string;
}

/** One MIME entity (RFC 2045). `type` and `subtype` are lower case; parameters keep their order, names in lower case, RFC 2231 continuations joined. */
export interface MimePart {
  readonly type: string;
  readonly subtype: string;
  readonly params: readonly (readonly [name: string, value: string])[];
  readonly id?: string;
  readonly description?: string;
  /** Lower case; `7bit` when absent. */
  readonly encoding: string;
  readonly md5?: string;
  readonly disposition?: { readonly type: string; readonly params: readonly (readonly [name: string, value: string])[] };
  readonly language?: readonly string[];
  readonly location?: string;
  /** Offsets: `headerStart` ≤ `bodyStart` ≤ `bodyEnd`. The blank line belongs to the header; the line break before a boundary to the boundary. */
  readonly headerStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Lines of the body, for text/* and message/rfc822. */
  readonly lines: number;
  /** Of a multipart: its parts, at least one (an empty text/plain part stands in for none). */
  readonly parts?: readonly MimePart[];
  /** Of a message/rfc822 (or message/global): the message inside. */
  readonly message?: { readonly envelope: Envelope; readonly structure: MimePart };
}
