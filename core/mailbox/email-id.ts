import type { MessageRecord } from './mailbox-store.ts';

/**
 * EMAILID (RFC 8474 section 5.1): the same for messages of the same octets that come from one acceptance, and for copies of a message. A body is
 * kept once for all who get it, with what was put in front of it for each beside it: both make the id.
 */
export function emailId({ body, prefix }: Pick<MessageRecord, 'body' | 'prefix'>): string {
  return prefix === '' ? `M${body}` : `M${body}-${digest(prefix)}`;
}

/** FNV-1a, twice 32 bits: it tells apart the few prefixes that one body may have in an account. */
function digest(octets: string): string {
  let [low, high] = [0x811c_9dc5, 0x9747_b28c];
  for (let i = 0; i < octets.length; i++) {
    const octet = octets.charCodeAt(i);
    low = Math.imul(low ^ octet, 0x0100_0193);
    high = Math.imul(high ^ octet ^ (i & 0xff), 0x0100_0193);
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
