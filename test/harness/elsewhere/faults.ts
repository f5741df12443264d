/** What a host does at one point of the dialogue instead of its usual reply. */
export type Fault =
  /** This reply; behind a 421 the connection ends (RFC 5321 section 3.8). Several lines are separated by CRLF. */
  | { readonly reply: string }
  /** Resets the connection without a word. */
  | 'drop'
  /** Ends the connection in order, without a word. */
  | 'close'
  /** Says nothing more, and keeps the connection until the other side ends it. */
  | 'silence'
  /** Octets that are no SMTP and no TLS, then the end. */
  | 'garbage';

/** Where a host may misbehave. */
export interface Faults {
  readonly greeting?: Fault;
  readonly ehlo?: Fault;
  /** Instead of `220` to STARTTLS. */
  readonly starttls?: Fault;
  /** Behind `220` to STARTTLS, instead of the handshake. */
  readonly handshake?: 'drop' | 'close' | 'silence' | 'garbage';
  readonly auth?: Fault;
  readonly mail?: Fault;
  readonly rcpt?: Fault;
  readonly data?: Fault;
  /** In the midst of the message, when its first octets are there. */
  readonly body?: Exclude<Fault, { reply: string }>;
  /** The whole message is there, its final dot too. What gets no 250 here may be sent again. */
  readonly dot?: Fault;
  /** Behind the 250 for a message. */
  readonly afterReply?: Fault;
  readonly rset?: Fault;
  readonly quit?: Fault;
}

export interface Slowness {
  /** ms before each reply. */
  readonly reply?: number;
  /** ms between the octets of each reply. */
  readonly octet?: number;
}

/** How a host behaves. Everything left out is a plain, modern, willing host. */
export interface MxScript {
  /** Keywords of the EHLO reply with their parameters. @default everything a modern host offers but STARTTLS, LIMITS and REQUIRETLS */
  readonly extensions?: readonly string[];
  /** Certificate shown after STARTTLS, which is announced then. @default - no STARTTLS */
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** TLS from the first octet. @default false */
  readonly implicitTls?: boolean;
  /** Announces AUTH PLAIN and takes these credentials only. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Faults of the whole connection. @param nth from 0, over all connections to this host */
  readonly connection?: (nth: number) => Faults;
  /** Faults of a transaction, before those of the connection. @param nth from 0, over all MAIL commands to this host */
  readonly transaction?: (nth: number) => Faults;
  readonly recipient?: (address: string) => Fault | undefined;
  readonly slow?: Slowness;
  /** Connections at once from which on the greeting is `421 4.7.0 too many connections`. @default - as many as come */
  readonly mostConnections?: number;
  /** Messages are answered in rounds. */
  readonly barrier?: Barrier;
  /** Keep the texts of messages. @default true */
  readonly keepTexts?: boolean;
}

export const modernExtensions = ['PIPELINING', 'SIZE 36700160', '8BITMIME', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES'];

/** Holds what arrives until `width` wait, lets all of them go, and so on: a proof that so many were there together. */
export class Barrier {
  readonly #width: number;
  #waiting: (() => void)[] = [];
  #open = false;
  /** Rounds that were full. */
  rounds = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  arrive(): Promise<void> {
    if (this.#open) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length < this.#width) return;
      this.rounds += 1;
      this.#letGo();
    });
  }

  /** From now on nobody waits. */
  open(): void {
    this.#open = true;
    this.#letGo();
  }

  #letGo(): void {
    const going = this.#waiting;
    this.#waiting = [];
    for (const go of going) go();
  }
}
