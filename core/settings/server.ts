import { text } from './declare.ts';
import { isHostname } from './hostname.ts';

/** Who this server says it is. */
export const serverSettings = {
  hostname: text('server/hostname', {
    default: ({ hostname }) => hostname,
    allowed: 'a host name',
    isLegal: isHostname,
    from: 'RFC 5321 section 4.1.1.1',
    doc: "Name told in greetings, EHLO, Received and the self-signed certificate. Set it to the name the MX record points to. The default is the machine's own name.",
  }),
} as const;

const path = {
  allowed: 'a path, or nothing',
  isLegal: () => true,
  from: 'what any mail server needs',
} as const;

/** The certificate of all listeners. */
export const tlsSettings = {
  certificate: text('tls/certificate', {
    ...path,
    default: '',
    doc: 'PEM file of the certificate and its chain. Empty = the self-signed one made at the first start. Read again when it changes; no session is dropped.',
  }),

  key: text('tls/key', {
    ...path,
    default: '',
    doc: 'PEM file of the private key that belongs to `tls/certificate`.',
  }),
} as const;
