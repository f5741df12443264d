/** Modified UTF-7 of RFC 3501 section 5.1.3: printable ASCII as it is, `&` as `&-`, all else base64 of UTF-16BE with `,` for `/`. */
const shifted = /&([^-]*)-/g;
const printable = /^[\x20-\x7e]*$/;

/** @returns undefined for every spelling but the one right one: two names of one mailbox would be two mailboxes */
export function decodeModifiedUtf7(octets: string): string | undefined {
  if (!printable.test(octets)) return undefined;
  const text = octets.replace(shifted, (_, inside: string) => (inside === '' ? '&' : utf16(inside)));
  return text.isWellFormed() && encodeModifiedUtf7(text) === octets ? text : undefined;
}

/** @param text well-formed Unicode */
export const encodeModifiedUtf7 = (text: string): string =>
  text.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`;
  });

/** Wrong base64 comes out as something that does not encode back to what it was. */
function utf16(base64: string): string {
  const octets = Buffer.from(base64.replaceAll(',', '/'), 'base64');
  return octets
    .subarray(0, octets.length & ~1)
    .swap16()
    .toString('utf16le');
}

/** @returns undefined when the octets are not UTF-8 */
export function decodeUtf8(octets: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(octets, 'latin1'));
  } catch {
    return undefined;
  }
}

/** INBOX is INBOX however it is written, as the first level of a name too: `inbox/x` must not make a second inbox. */
export const canonicalMailbox = (name: string): string => name.replace(/^inbox(?=\/|$)/i, 'INBOX');
