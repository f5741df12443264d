import type { ErrLine } from './refusal-reply.ts';

export type StatusLine = `+OK${string}` | ErrLine;

/** What a handler answers. Texts are ASCII, without CRLF. */
export type Pop3Reply =
  | { readonly status: StatusLine }
  /** Lines of ours, which never start with a dot. */
  | { readonly status: StatusLine; readonly listing: Iterable<string> }
  /** A message's octets: dots are doubled on the way out. A source that throws ends the connection, for nothing else says "cut off". */
  | { readonly status: StatusLine; readonly octets: AsyncIterable<Uint8Array> }
  /** The handshake follows the line. */
  | { readonly status: StatusLine; readonly startTls: true };

export const ok = (text: string): Pop3Reply => ({ status: `+OK ${text}` });
export const err = (text: string): Pop3Reply => ({ status: `-ERR ${text}` });
