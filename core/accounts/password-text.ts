/** Octets of UTF-8. Longer passwords are nobody's; without a bound, a login could make us hash megabytes. */
export const maxPasswordOctets = 1024;

/**
 * A password as it is hashed, so that it is the same however a keyboard composed it (RFC 8265 section 4.2, OpaqueString): spaces of
 * any kind are U+0020, the text is NFC, case stays. Used both when a password is set and when it is checked.
 * @returns undefined when it is empty, too long, or has a control character or half a surrogate pair
 */
export function preparePassword(text: string): string | undefined {
  if (text.length === 0 || text.length > maxPasswordOctets || !text.isWellFormed()) return undefined;
  const prepared = text.replace(/\p{Zs}/gu, ' ').normalize('NFC');
  if (/\p{Cc}/u.test(prepared) || Buffer.byteLength(prepared) > maxPasswordOctets) return undefined;
  return prepared;
}
