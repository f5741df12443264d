import type { Protocol } from '../values/protocol.ts';
import { banner } from './banner.ts';
import { duration, limit, switchSetting, whole } from './declare.ts';
import type { Place, Setting } from './setting.ts';

/** What every listener has. Durations are in seconds. */
export interface ListenerSettings {
  readonly enabled: Setting<boolean>;
  readonly port: Setting<number>;
  /** The text behind what the protocol itself puts first; see fillBanner. */
  readonly banner: Setting<string>;
  readonly idleTimeout: Setting<number>;
  readonly sessions: Setting<number>;
  readonly sessionsPerAddress: Setting<number>;
}

/** What a listener has besides when accounts log in there. */
export interface LoginListenerSettings {
  readonly tlsPort: Setting<number>;
  /** 0 = passwords may be sent in the clear; N = only under TLS with a cipher of at least N bits. */
  readonly minKeyBits: Setting<number>;
  readonly loginPassword: Setting<boolean>;
  readonly sessionsPerAccount: Setting<number>;
}

export type LoginProtocol = Exclude<Protocol, 'smtp'>;

interface SharedNumbers {
  readonly of: Protocol;
  readonly title: string;
  readonly localPort: number;
  readonly awsPort: number;
  readonly idle: number;
  readonly sessions: number;
  readonly perAddress: number;
}

/** Declares what every listener has, under its own name and with its own numbers. */
export function shared({ of, title, localPort, awsPort, idle, sessions, perAddress }: SharedNumbers): ListenerSettings {
  return {
    enabled: switchSetting(`${of}/enabled`, {
      default: true,
      from: 'Netscape: each service on or off',
      doc: `Serve ${title}. Switched off, the listener closes at once and running sessions are drained.`,
    }),
    port: port(`${of}/port`, localPort, awsPort, `Port of ${title}, with STARTTLS.`),
    banner: banner(`${of}/banner`, {
      default: of === 'smtp' || of === 'msa' ? 'Mailweir {version}, {time}' : '{hostname} Mailweir {version}, {time}',
      from: 'Netscape: service banner',
      doc: `Text of the ${title} greeting, behind what the protocol puts first. {hostname}, {version} and {time} (of the connection) are filled in.`,
    }),
    idleTimeout: duration(`${of}/idle-timeout`, {
      default: idle,
      range: [idle, 86_400],
      from: `Netscape: idle sessions are dropped; least value by ${leastIdle[of]}`,
      doc: `Time a session of ${title} may send nothing before it is ended.${of === 'smtp' ? '' : ' Before the login, `login/time` ends it sooner.'}`,
    }),
    sessions: limit(`${of}/sessions`, {
      default: sessions,
      range: [0, 1_000_000],
      from: 'AppleShare, MDaemon, ISMail: sessions at once',
      doc: `Sessions of ${title} at once, over all processes. 0 = unlimited. Above it a client is told that the server is too busy.`,
    }),
    sessionsPerAddress: limit(`${of}/sessions-per-address`, {
      default: perAddress,
      range: [0, 100_000],
      from: 'VPOP3, ISMail: connections per address',
      doc:
        `Sessions of ${title} that one client address may hold at once, over all processes. 0 = unlimited. ` +
        'What counts as one address is set by network/ipv4-prefix and network/ipv6-prefix; an office behind NAT is one address.',
    }),
  };
}

const leastIdle: Readonly<Record<Protocol, string>> = {
  smtp: 'RFC 5321 section 4.5.3.2.7',
  msa: 'RFC 5321 section 4.5.3.2.7',
  pop3: 'RFC 1939 section 3',
  imap: 'RFC 9051 section 5.4',
};

interface LoginNumbers {
  readonly of: LoginProtocol;
  readonly title: string;
  readonly localTlsPort: number;
  readonly awsTlsPort: number;
  readonly perAccount: number;
}

/** Declares what a listener has besides when accounts log in there. */
export function login({ of, title, localTlsPort, awsTlsPort, perAccount }: LoginNumbers): LoginListenerSettings {
  return {
    tlsPort: port(`${of}/tls-port`, localTlsPort, awsTlsPort, `Port of ${title} with TLS from the first octet.`),
    minKeyBits: whole(`${of}/min-key-bits`, {
      default: ({ world, loopbackOnly }: Place) => (world === 'embedded' && loopbackOnly ? 0 : 128),
      range: [0, 256],
      from: 'Netscape: minimum cipher key length',
      doc:
        `Key bits that the cipher of a connection to ${title} must have before a password may be sent. 0 = passwords may be sent without TLS, ` +
        'right only where nobody can listen. The default is 0 while every listener is bound to a loopback address, else 128.',
    }),
    loginPassword: switchSetting(`${of}/login-password`, {
      default: true,
      from: 'Netscape: password login',
      doc: `Accounts may log in to ${title} with a password.`,
    }),
    sessionsPerAccount: limit(`${of}/sessions-per-account`, {
      default: perAccount,
      range: [0, 10_000],
      from: 'VPOP3: Concurrent logins for a user',
      doc:
        `Sessions of ${title} that one account may hold at once, over all processes. 0 = unlimited.` +
        (of === 'imap' ? ' A mail client opens 3 to 5; a value under 5 locks people out.' : ''),
    }),
  };
}

function port(name: string, local: number, aws: number, doc: string): Setting<number> {
  return whole(name, {
    default: ({ world }: Place) => (world === 'aws' ? aws : local),
    range: [1, 65_535],
    from: 'Netscape: port',
    doc,
    fixed: true,
  });
}
