import type { IpAddress, Network } from '../../core/values/network.ts';
import type { ShownCertificate } from './client-certificate.ts';

export interface ClientAddress {
  readonly ip: IpAddress;
  readonly port: number;
  /** What the per-address limits count. */
  readonly network: Network;
}

export interface TlsFacts {
  readonly version: string;
  readonly cipher: string;
  /** Key bits of the cipher. */
  readonly bits: number;
  /** Undefined: it showed none, or was not asked. */
  readonly client?: ShownCertificate;
}

/** A line without its CRLF (a bare LF ends a line too), or why there is none. */
export type Line =
  | { readonly kind: 'line'; readonly bytes: Buffer }
  /** Over the limit; all but its first octets was read and thrown away, so the next line can be read. */
  | { readonly kind: 'too-long'; readonly start?: Buffer }
  /** The client closed, or the connection broke. */
  | { readonly kind: 'end' }
  /** No octet came for the time given. */
  | { readonly kind: 'timeout' }
  /** `interrupt` was called while waiting for a line that had not begun. */
  | { readonly kind: 'interrupted' };

/**
 * A client's connection as the line protocols (POP3, IMAP) use it: framing with limits, back-pressure, TLS.
 * One reader at a time. All reads end with `end` once the connection is closed.
 */
export interface Connection {
  readonly client: ClientAddress;
  readonly localPort: number;
  /** Undefined on a plain connection. */
  readonly tls: TlsFacts | undefined;
  readonly closed: boolean;
  /** The client has closed its side. It may go on reading, or be gone: only writing to it shows which. */
  readonly ended: boolean;
  /**
   * @param limit octets a line may have, line end not counted
   * @param timeout ms without the line's end (a slow line is as idle as none)
   */
  readLine(limit: number, timeout: number): Promise<Line>;
  /** Exactly `count` octets (a literal), in chunks, charged to the process's memory budget while they are held. Ends short when the client closes or is silent for `timeout` ms. */
  readExactly(count: number, timeout: number): AsyncIterable<Buffer>;
  /** Makes a readLine that waits with nothing received of its line answer `interrupted` (new mail in IDLE, drain at a command boundary). Kept until the next readLine when none waits. */
  interrupt(): void;
  /** Octets have come that were not read yet: pipelined commands, or plain text behind STARTTLS. */
  readonly hasBuffered: boolean;
  /** Strings are written as latin1 octets. @returns undefined when the caller may go on, a promise to wait for when the client reads slowly; rejects with ConnectionLost when it stops reading for too long or is gone */
  write(data: string | Uint8Array): Promise<void> | undefined;
  /** Server side of STARTTLS; call after the OK was written. Octets received before the handshake are thrown away (CVE-2011-0411). @throws when the handshake fails or takes too long */
  startTls(): Promise<void>;
  /** Both sides are compressed (RFC 4978). */
  readonly compressed: boolean;
  /** Compresses what is written from here on, and reads what comes as compressed. Call after the OK was written. */
  startCompression(): void;
  /** Ends it behind what was written, and behind the command that was read. */
  stopCompression(): void;
  /** Sends what was written, then closes. */
  end(): void;
  destroy(): void;
}

/** The client went away, or reads too slowly, while we had something to tell it. Nothing of ours went wrong: the session just ends. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}
