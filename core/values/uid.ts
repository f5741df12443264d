import type { Brand } from './brand.ts';

/** Never reused id of a message in its mailbox, 1 to 2^32−1 (RFC 9051 section 2.3.1.1). */
export type Uid = Brand<number, 'Uid'>;

/** Version of a message's flags, or of a mailbox: 63 bits, strictly rising within a mailbox (RFC 7162). */
export type Modseq = Brand<bigint, 'Modseq'>;

/** A message's position as one client sees it, from 1. */
export type Msn = Brand<number, 'Msn'>;

export const maxUid = 0xffff_ffff as Uid;
