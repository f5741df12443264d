import type { ReversePath } from '../values/address.ts';
import type { IpAddress } from '../values/network.ts';

/** Who hands a message in, as far as the session knows. */
export interface CheckedEnvelope {
  /** Our own name. */
  readonly host: string;
  readonly helo: string;
  readonly client: IpAddress;
  readonly reversePath: ReversePath;
}

export type DmarcPolicy = 'none' | 'quarantine' | 'reject';

/** What DMARC says of one domain of the From field (RFC 7489; record and tree walk as RFC 9989 has them). */
export interface DmarcFinding {
  readonly domain: string;
  readonly result: 'pass' | 'fail' | 'none' | 'temperror' | 'permerror';
  /** What the domain asks to be done with a message that fails. */
  readonly policy: DmarcPolicy;
  /** Hundredths of such messages that it asks this for: `pct`. */
  readonly percent: number;
}

export interface SenderResults {
  /** One per method and property, as RFC 8601 section 2.2 writes them: `spf=pass smtp.mailfrom=example.org`. */
  readonly methods: readonly string[];
  /** One per domain of the From field; several are a forgery more often than not. */
  readonly dmarc: readonly DmarcFinding[];
  /** Why the check itself did not come to its end, for the log. */
  readonly fault?: string;
}

/** SPF (RFC 7208), DKIM (RFC 6376), ARC (RFC 8617) and DMARC of messages that other hosts hand in. */
export interface SenderAuthentication {
  /** Begins at once with what the envelope alone decides. Never throws: what can't be found out is a result too. */
  begin(envelope: CheckedEnvelope): SenderCheck;
  close(): Promise<void>;
}

/** One message under way. Nothing of it is kept but its header. */
export interface SenderCheck {
  /** Octets as they were received. Resolves when more may come: the sender is read no faster than its octets can be looked at. */
  write(chunk: Uint8Array): Promise<void>;
  /** All octets were written. Answers within seconds, `temperror` where the time did not suffice; never rejects. */
  end(): Promise<SenderResults>;
  /** Nobody wants to know any more. */
  abandon(): void;
}

/** Nothing could be found out. @param why for the reader of the field */
export const unknownResults = (why: string): SenderResults => ({
  methods: ['spf', 'dkim', 'dmarc'].map((method) => `${method}=temperror (${why})`),
  dmarc: [],
});

/** Lets the check see what passes. An end before the last octet ends the check too. */
export async function* observed<T extends Uint8Array>(source: AsyncIterable<T>, check: SenderCheck): AsyncGenerator<T> {
  let whole = false;
  try {
    for await (const chunk of source) {
      await check.write(chunk);
      yield chunk;
    }
    whole = true;
  } finally {
    if (!whole) check.abandon();
  }
}
