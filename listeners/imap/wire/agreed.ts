/** What client and server have agreed on in this session, by ENABLE (RFC 5161) or by what the client has used. */
export interface Agreed {
  /** The client has shown that it knows MODSEQ: every FETCH response from then on carries it (RFC 7162 section 3.1). */
  readonly condstore: boolean;
  /** Expunges are told as VANISHED (RFC 7162 section 3.2.10.2). It implies `condstore`. */
  readonly qresync: boolean;
  /** Responses are those of IMAP4rev2 where the two differ (RFC 9051 appendix E). */
  readonly rev2: boolean;
  /** Names and quoted strings are UTF-8 (RFC 6855 section 3). */
  readonly utf8: boolean;
  /** Message numbers are neither told nor taken, and expunges are told as VANISHED (RFC 9586). */
  readonly uidOnly: boolean;
}

export const nothingAgreed: Agreed = { condstore: false, qresync: false, rev2: false, utf8: false, uidOnly: false };

/** IMAP4rev2 has no modified UTF-7 (RFC 9051 section 5.1). */
export const namesAreUtf8 = ({ utf8, rev2 }: Pick<Agreed, 'utf8' | 'rev2'>): boolean => utf8 || rev2;
