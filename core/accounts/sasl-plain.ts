export interface PlainCredentials {
  readonly user: string;
  readonly password: string;
}

export type SaslFault = 'not-base64' | 'malformed' | 'other-identity';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The client's one message of SASL PLAIN, `[authzid] NUL authcid NUL passwd` (RFC 4616), as POP3, IMAP and submission carry it.
 * An authorization identity is taken only when it names the user itself: nobody acts for somebody else here.
 * @param base64 as it stood on the line; `=` alone is the empty message (RFC 5034 section 4)
 */
export function parseSaslPlain(base64: string): PlainCredentials | SaslFault {
  const octets = decodeBase64(base64);
  if (octets === undefined) return 'not-base64';
  const fields = decodeUtf8(octets)?.split('\0');
  if (fields === undefined || fields.length !== 3) return 'malformed';
  const [authzid, user, password] = fields as [string, string, string];
  if (user === '' || password === '') return 'malformed';
  if (authzid !== '' && authzid.toLowerCase() !== user.toLowerCase()) return 'other-identity';
  return { user, password };
}

/** Strict: Buffer itself passes over what is not base64. @returns undefined when the text is not base64 */
function decodeBase64(text: string): Uint8Array | undefined {
  if (text === '=') return new Uint8Array();
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function decodeUtf8(octets: Uint8Array): string | undefined {
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}
