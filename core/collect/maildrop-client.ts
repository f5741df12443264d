import type { Brand } from '../values/brand.ts';
import type { MaildropFaultKind, SourceFacts } from './source.ts';

/** What a server calls a message over all sessions (RFC 1939, UIDL). */
export type Uidl = Brand<string, 'Uidl'>;

/** One message as the server lists it. */
export interface ListedMessage {
  /** Its number in this session. */
  readonly number: number;
  readonly uidl: Uidl;
  /** Octets, as the server counts them. */
  readonly size: number;
}

/** Thrown by all that speaks with a server. The message may quote its reply, bounded and on one line; never the password. */
export class MaildropFault extends Error {
  override readonly name = 'MaildropFault';
  readonly kind: MaildropFaultKind;
  /** What the server asked for before, seconds. */
  readonly loginDelay: number | undefined;

  constructor(kind: MaildropFaultKind, message: string, options: ErrorOptions & { readonly loginDelay?: number | undefined } = {}) {
    super(message, options);
    this.kind = kind;
    this.loginDelay = options.loginDelay;
  }
}

/** The server does not give this one message out; the session goes on. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
}

/** Whom to log in to. */
export interface MaildropLogin extends Pick<SourceFacts, 'host' | 'port' | 'tls' | 'user'> {
  readonly password: string;
}

/** POP3 as collecting needs it (RFC 1939). */
export interface MaildropClient {
  /**
   * Connects, makes sure of TLS and logs in.
   * @param signal ends the session at whatever point it is; what runs then throws `cut`
   * @throws MaildropFault
   */
  open(login: MaildropLogin, signal: AbortSignal): Promise<Maildrop>;
}

/** A session that is logged in. Each command waits for the one before; every one throws MaildropFault. */
export interface Maildrop {
  readonly address: string;
  readonly connection: { readonly version: string; readonly cipher: string; readonly bits: number } | undefined;
  /** LOGIN-DELAY of its capabilities, seconds; 0 when it names none. */
  readonly loginDelay: number;
  /** All messages, lowest number first. */
  list(): Promise<readonly ListedMessage[]>;
  /** The message's octets, dots unstuffed, no faster than they are taken. Whoever leaves before the end ends the session. @throws MessageRefused */
  retrieve(number: number): AsyncIterable<Uint8Array>;
  /** Marks the message; it goes with `quit`. @returns false when the server refuses */
  delete(number: number): Promise<boolean>;
  /** Ends the session. The server deletes what is marked, and only now. */
  quit(): Promise<void>;
  /** Ends the session without deleting anything. Safe to repeat, also after `quit`. */
  close(): void;
}
