import type { Address, ReversePath } from '../values/address.ts';
import type { IpAddress } from '../values/network.ts';
import type { BodyDeclaration } from './spool.ts';

/** One address of one host that may take the mail; `host` is what its certificate should name. */
export interface HostAddress {
  readonly host: string;
  readonly ip: IpAddress;
  readonly port: number;
  /** `opportunistic`: STARTTLS when offered, any certificate (RFC 7435). `none`: plain, after an opportunistic handshake failed. */
  readonly tls: 'implicit' | 'starttls-required' | 'opportunistic' | 'none';
  /** Our own name for EHLO. */
  readonly ehlo: string;
  readonly credentials?: { readonly user: string; readonly password: string };
}

/** What the other side said to one recipient. `permanent` = 5xx. */
export type RecipientResult =
  | { readonly address: Address; readonly result: 'accepted'; readonly reply: string }
  | { readonly address: Address; readonly result: 'refused'; readonly permanent: boolean; readonly reply: string };

export interface Outgoing {
  readonly reversePath: ReversePath;
  readonly recipients: readonly Address[];
  readonly declared: BodyDeclaration;
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Opens SMTP connections to other hosts. */
export interface Transport {
  /** @throws ConnectFailed naming the stage; the host may be tried again later, another host at once */
  connect(to: HostAddress, signal: AbortSignal): Promise<TransportConnection>;
}

export interface TransportConnection {
  /** False once the other side closed or answered 421: the next message needs a new connection. */
  readonly usable: boolean;
  /** One result per recipient, whatever stage refused it. @throws when the connection broke before the final reply: outcome unknown, try again */
  send(message: Outgoing): Promise<readonly RecipientResult[]>;
  quit(): Promise<void>;
}

export class ConnectFailed extends Error {
  override readonly name = 'ConnectFailed';
  readonly stage: 'connect' | 'greeting' | 'tls' | 'ehlo' | 'auth';
  constructor(stage: ConnectFailed['stage'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.stage = stage;
  }
}
