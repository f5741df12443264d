import { createHash } from 'node:crypto';
import type { ProfileIds } from '../../core/setup/apple-profile.ts';

const dnsNames = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex'); // RFC 9562 section 6.6

/** The UUID that a name has always and everywhere (RFC 9562 section 5.5, version 5). @param name of the DNS */
export function nameUuid(name: string): string {
  const octets = createHash('sha1').update(dnsNames).update(name, 'utf8').digest().subarray(0, 16);
  octets.writeUInt8((octets.readUInt8(6) & 0x0f) | 0x50, 6);
  octets.writeUInt8((octets.readUInt8(8) & 0x3f) | 0x80, 8);
  return octets
    .toString('hex')
    .toUpperCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Of the domain alone: a profile made anew takes the place of the one that is installed, whatever else has changed. */
export const profileIds = (domain: string): ProfileIds => ({
  profile: nameUuid(`mail-setup.${domain}`),
  account: nameUuid(`account.mail-setup.${domain}`),
});

/** At most 32 letters and digits (RFC 8461 section 3.1), the same for the same text. */
export const policyId = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
