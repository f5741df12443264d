import { casemap } from '../../message/casemap.ts';

/** Octets of a key: texts that are the same up to there are the same. Bounds what an order of many messages holds in memory. */
const mostOctets = 400;

/**
 * @returns a key by which texts compare octet by octet as i;unicode-casemap has them (RFC 5051), see casemap. One character is one octet of UTF-8, so
 * that comparing strings is comparing octets
 */
export const collationKey = (text: string): string => Buffer.from(casemap(text), 'utf8').subarray(0, mostOctets).toString('latin1');
