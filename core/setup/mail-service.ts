/** A listener where accounts log in, as clients reach it. */
export interface LoginService {
  readonly enabled: boolean;
  /** With STARTTLS. */
  readonly port: number;
  /** With TLS from the first octet. */
  readonly tlsPort: number;
  /** Whether accounts may log in with a password, the only way that a client's setup can name. */
  readonly passwords: boolean;
}

/** What a domain's mail is served by: all that records and files for clients are made from. */
export interface MailService {
  /** As the DNS has it, lower case. */
  readonly domain: string;
  /** Of the edge: where every record leads, and what its certificate names. */
  readonly hostname: string;
  readonly smtp: { readonly enabled: boolean; readonly port: number };
  readonly msa: LoginService;
  readonly imap: LoginService;
  readonly pop3: LoginService;
}

/** One way to reach a service, the better ones first: TLS from the first octet before STARTTLS (RFC 8314 section 3). */
export interface Entrance {
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
}

/** @returns none where a client with a password could not log in */
export const entrances = ({ enabled, passwords, port, tlsPort }: LoginService): readonly Entrance[] =>
  enabled && passwords
    ? [
        { port: tlsPort, tls: 'implicit' },
        { port, tls: 'starttls' },
      ]
    : [];

/** Where mail is read, IMAP before POP3. */
export const incoming = ({ imap, pop3 }: MailService): readonly (Entrance & { readonly protocol: 'imap' | 'pop3' })[] => [
  ...entrances(imap).map((entrance) => ({ protocol: 'imap' as const, ...entrance })),
  ...entrances(pop3).map((entrance) => ({ protocol: 'pop3' as const, ...entrance })),
];

/** Whether a client can be set up at all: it has to read and to send. */
export const canBeSetUp = (service: MailService): boolean => incoming(service).length > 0 && entrances(service.msa).length > 0;
