import type { Address, ReversePath } from '../values/address.ts';
import type { IpAddress } from '../values/network.ts';
import type { BodyDeclaration, ReportWishes, SpoolRecipient } from './spool.ts';

/** One address of one host that may take the mail; `host` is what its certificate should name. */
export interface HostAddress {
  readonly host: string;
  readonly ip: IpAddress;
  readonly port: number;
  /**
   * `opportunistic`: STARTTLS when offered, any certificate (RFC 7435). `none`: plain, after an opportunistic handshake failed.
   * `starttls-required` and `implicit`: with a certificate that names `host`, or not at all (smarthosts, MTA-STS, DANE-less policies).
   */
  readonly tls: 'implicit' | 'starttls-required' | 'opportunistic' | 'none';
  /** That of its MX record; hosts with the same one are equals (RFC 5321 section 5.1). 0 for smarthosts. */
  readonly preference: number;
  /** Our own name for EHLO. */
  readonly ehlo: string;
  readonly credentials?: { readonly user: string; readonly password: string };
}

/** What the other side said to one recipient. `permanent` = 5xx. What we say ourselves without asking it begins with an enhanced code, as in HostAnswer. */
export type RecipientResult =
  /** `relayed`: a host without DSN took it, so that a report of success is ours to write (RFC 3461 section 5.2.2). */
  | { readonly address: Address; readonly result: 'accepted'; readonly reply: string; readonly relayed?: boolean }
  | {
      readonly address: Address;
      readonly result: 'refused';
      readonly permanent: boolean;
      readonly reply: string;
      /** The connection ended behind the message's last octet: the host may have it all the same, as in ConnectionBroken. */
      readonly unsure?: boolean;
    };

export interface Outgoing {
  readonly reversePath: ReversePath;
  readonly recipients: readonly Pick<SpoolRecipient, 'address' | 'notify' | 'original'>[];
  readonly reports?: ReportWishes;
  /** RFC 8689: refused for all (5.7.30) by a connection without verified TLS or to a host that does not offer REQUIRETLS; reports (null reverse-path) go on without. */
  readonly requireTls?: boolean;
  readonly declared: BodyDeclaration;
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
  /**
   * Asked by who sends it, once the form in which it is sent is known (core/delivery/signed.ts does it): a signature covers that form.
   * Not there: the message goes unsigned.
   * @returns a field to stand before everything, CRLF included, or nothing. @throws when it has to be signed and can't be now
   */
  sign?(octets: AsyncIterable<Uint8Array>): Promise<Uint8Array>;
}

/** Opens SMTP connections to other hosts. */
export interface Transport {
  /**
   * @param opened called once the TCP connection stands, before anything is said on it; when `signal` has aborted by its return, nothing is
   * @throws ConnectFailed naming the stage; the host may be tried again later, another host at once
   */
  connect(to: HostAddress, signal: AbortSignal, opened?: () => void): Promise<TransportConnection>;
}

export interface TransportConnection {
  /** False once the other side closed or answered 421: the next message needs a new connection. */
  readonly usable: boolean;
  /** TLS stands, and the certificate names the host. Undefined: not told. */
  readonly verified?: boolean | undefined;
  /** What the peer announced of its limits (RFC 9422); empty when it announced none. */
  readonly limits: PeerLimits;
  /**
   * One result per recipient, whatever stage refused it.
   * @throws ConnectionBroken before the final reply: outcome unknown, try again; what `message.read` throws, the connection is closed then
   */
  send(message: Outgoing): Promise<readonly RecipientResult[]>;
  /** The dialogue since the last call, a line each, `> ` ours and `< ` theirs; without secrets and message text, the first and last lines of at most 8 KB. */
  takeDialogue(): readonly string[];
  quit(): Promise<void>;
}

/** RFC 9422 section 4. */
export interface PeerLimits {
  /** Transactions in one connection; `usable` turns false after that many. */
  readonly mailMax?: number;
  /** Recipients of a transaction; `send` makes several of one message with more. */
  readonly rcptMax?: number;
  readonly rcptDomainMax?: number;
}

/** The connection ended within a transaction. */
export class ConnectionBroken extends Error {
  override readonly name = 'ConnectionBroken';
  /** The message's last octet was sent and no reply came: the other side may have it (RFC 5321 section 4.5.4.2). */
  readonly afterData: boolean;
  constructor(afterData: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.afterData = afterData;
  }
}

/** No connection that could take mail. */
export class ConnectFailed extends Error {
  override readonly name = 'ConnectFailed';
  readonly stage: 'connect' | 'greeting' | 'tls' | 'ehlo' | 'auth';
  /** The other side's reply, when it sent one: `421 4.7.0 too many connections`. */
  readonly reply: string | undefined;
  /** As `takeDialogue`. */
  readonly dialogue: readonly string[];
  constructor(
    stage: ConnectFailed['stage'],
    message: string,
    {
      reply,
      dialogue = [],
      ...options
    }: ErrorOptions & { readonly reply?: string | undefined; readonly dialogue?: readonly string[] } = {},
  ) {
    super(message, options);
    this.stage = stage;
    this.reply = reply;
    this.dialogue = dialogue;
  }
}
