import { percent, text } from './declare.ts';
import { isHostname } from './hostname.ts';
import { parseSecretReference, secretPrefix } from './secret-reference.ts';

/** Who this server says it is. */
export const serverSettings = {
  hostname: text('server/hostname', {
    default: ({ hostname }) => hostname,
    allowed: 'a host name',
    isLegal: isHostname,
    from: 'RFC 5321 section 4.1.1.1',
    doc: "Name told in greetings, EHLO, Received and the self-signed certificate. Set it to the name the MX record points to. The default is the machine's own name.",
  }),

  bodyCache: percent('server/body-cache', {
    default: 6,
    from: 'AppleShare: more memory shortens the fetching of large messages',
    doc: 'Percent of the memory of a process in which it holds parts of messages that were read last, and the next parts of those being read; 256 MB at most. 0 = none is held.',
  }),

  admin: text('server/admin', {
    default: '',
    allowed: 'an address such as postmaster@example.org, a URI, or nothing',
    isLegal: (value) => value === '' || /^(?:[a-z][a-z0-9+.-]*:[!-?A-~]{1,500}|[!-9;-?A-~]{1,64}@[!-9;-?A-~]{1,255})$/i.test(value),
    from: 'RFC 5464 section 6.2.1',
    doc: 'How whoever runs the server is reached, as IMAP clients are told it by the entry `/shared/admin` of METADATA. An address is told as a mailto URI. Empty = they are not told.',
  }),
} as const;

const path = {
  allowed: 'a path, secret:<name>, or nothing',
  isLegal: (value: string) => !value.startsWith(secretPrefix) || parseSecretReference(value) !== undefined,
  from: 'what any mail server needs',
} as const;

/** The certificate of all listeners, and whose client certificates they take. */
export const tlsSettings = {
  certificate: text('tls/certificate', {
    ...path,
    default: '',
    doc: 'PEM file of the certificate and its chain, or `secret:<name>` of a secret that holds them, with the private key beside them or in JSON as `certificate`, `chain` and `key`. Empty = on AWS the secret `certificate` of the stage, otherwise a self-signed one. Read again when it changes, a secret once a minute; no session is dropped.',
  }),

  key: text('tls/key', {
    ...path,
    default: '',
    doc: 'PEM file of the private key that belongs to `tls/certificate`, or `secret:<name>`. Empty = beside the certificate in its secret.',
  }),

  clientCa: text('tls/client-ca', {
    ...path,
    default: '',
    doc: 'PEM file of the authorities whose client certificates are taken where `login-certificate` is on, or `secret:<name>`. Revocation lists (-----BEGIN X509 CRL-----) may stand in it too: with one, each authority in a chain needs one that is not over, or nobody of it gets in. On AWS the name of the secret begins with `certificate`. Empty = no client certificate is taken. Read again when it changes, as `tls/certificate` is.',
  }),
} as const;
