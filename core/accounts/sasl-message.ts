export type MessageFault = 'not-base64' | 'malformed';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A client's SASL message as POP3, IMAP and submission carry it.
 * @param base64 as it stood on the line; `=` alone is the empty message (RFC 4954 section 4, RFC 5034 section 4)
 */
export function saslText(base64: string): { readonly text: string } | MessageFault {
  const octets = decodeBase64(base64);
  if (octets === undefined) return 'not-base64';
  try {
    return { text: utf8.decode(octets) };
  } catch {
    return 'malformed';
  }
}

/** Strict: Buffer itself passes over what is not base64. @returns undefined when the text is not base64 */
function decodeBase64(text: string): Uint8Array | undefined {
  if (text === '=') return new Uint8Array();
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

const longestIdentity = 1024; // characters

/** The one message of EXTERNAL: whom the client wants to be, or nothing (RFC 4422 appendix A). */
export function parseSaslExternal(base64: string): { readonly authzid: string } | MessageFault {
  const message = saslText(base64);
  if (typeof message === 'string') return message;
  return message.text.length > longestIdentity || message.text.includes('\0') ? 'malformed' : { authzid: message.text };
}

const longestTrace = 255; // characters (RFC 4505 section 2)

/** The one message of ANONYMOUS: a trace that proves nothing. It is looked at for its form alone and kept nowhere: a stranger writes it. */
export function parseSaslAnonymous(base64: string): 'well-formed' | MessageFault {
  const message = saslText(base64);
  if (typeof message === 'string') return message;
  return [...message.text].length > longestTrace || /\p{Cc}/u.test(message.text) ? 'malformed' : 'well-formed';
}
