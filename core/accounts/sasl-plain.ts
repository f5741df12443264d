import { type MessageFault, saslText } from './sasl-message.ts';

export interface PlainCredentials {
  readonly user: string;
  readonly password: string;
}

export type SaslFault = MessageFault | 'other-identity';

/**
 * The client's one message of SASL PLAIN, `[authzid] NUL authcid NUL passwd` (RFC 4616), as POP3, IMAP and submission carry it.
 * An authorization identity is taken only when it names the user itself: nobody acts for somebody else here.
 * @param base64 as it stood on the line; `=` alone is the empty message (RFC 5034 section 4)
 */
export function parseSaslPlain(base64: string): PlainCredentials | SaslFault {
  const message = saslText(base64);
  if (typeof message === 'string') return message;
  const fields = message.text.split('\0');
  if (fields.length !== 3) return 'malformed';
  const [authzid, user, password] = fields as [string, string, string];
  if (user === '' || password === '') return 'malformed';
  if (authzid !== '' && authzid.toLowerCase() !== user.toLowerCase()) return 'other-identity';
  return { user, password };
}
