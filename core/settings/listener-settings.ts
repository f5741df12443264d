import type { Protocol } from '../values/protocol.ts';
import { banner } from './banner.ts';
import { duration, limit, percent, switchSetting, whole } from './declare.ts';
import { octetsPerSession, shareForSessions } from './memory.ts';
import type { Limit, Place, Setting } from './setting.ts';

/** What every listener has. Durations are in seconds. */
export interface ListenerSettings {
  readonly enabled: Setting<boolean>;
  readonly port: Setting<number>;
  /** The text behind what the protocol itself puts first; see fillBanner. */
  readonly banner: Setting<string>;
  readonly idleTimeout: Setting<number>;
  readonly sessions: Limit;
  readonly sessionsPerAddress: Limit;
  /** In one process, by its memory. */
  readonly sessionsPerProcess: Limit;
  readonly commandsPerProcess: Limit;
  /** Percent of `sessions`. */
  readonly reservedForTrusted: Setting<number>;
  readonly sharePerAddress: Setting<number>;
}

/** What a listener has besides when accounts log in there. */
export interface LoginListenerSettings {
  readonly tlsPort: Setting<number>;
  /** 0 = passwords may be sent in the clear; N = only under TLS with a cipher of at least N bits. */
  readonly minKeyBits: Setting<number>;
  readonly loginPassword: Setting<boolean>;
  /** By SASL EXTERNAL, with a client certificate. */
  readonly loginCertificate: Setting<boolean>;
  readonly sessionsPerAccount: Limit;
  /** Percent of `sessions`. */
  readonly sharePerAccount: Setting<number>;
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
    sessionsPerProcess: limit(`${of}/sessions-per-process`, {
      default: ({ memory }: Place) => Math.min(1_000_000, Math.floor((memory * shareForSessions) / octetsPerSession[of])),
      defaultInWords: `a quarter of the memory ÷ ${octetsPerSession[of] / 1024} KB`,
      range: [0, 1_000_000],
      from: 'AppleShare: memory buys connections; Netscape: max sessions per process',
      doc: `Sessions of ${title} at once in one process, by what its memory bears. 0 = unlimited. Above it a client is told that the server is too busy.`,
    }),
    commandsPerProcess: limit(`${of}/commands-per-process`, {
      default: 1000,
      range: [0, 100_000],
      from: 'Netscape: max threads per process',
      doc: `Commands of ${title} that run at once in one process. 0 = unlimited. Above it a command waits up to 10 seconds and is then put off.`,
    }),
    reservedForTrusted: percent(`${of}/sessions-reserved-for-trusted`, {
      default: 0,
      from: 'a burst of strangers must not lock out the own networks',
      doc: `Percent of \`${of}/sessions\` that only clients of \`network/trusted\` may use.`,
    }),
    sharePerAddress: percent(`${of}/share-per-address`, {
      default: 50,
      from: 'no single client may take all there is',
      doc: `Percent of \`${of}/sessions\` that one client address may hold at most, whatever \`${of}/sessions-per-address\` says. 0 = no such share. A total under 10 is not shared out.`,
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
    loginCertificate: switchSetting(`${of}/login-certificate`, {
      default: false,
      from: 'Netscape: client-certificate login',
      doc:
        `Accounts may log in to ${title} with a client certificate (SASL EXTERNAL) that one of \`tls/client-ca\` has signed. The account is the ` +
        'e-mail address in its subjectAltName. Switched on, clients are asked for a certificate in the TLS handshake.',
    }),
    sessionsPerAccount: limit(`${of}/sessions-per-account`, {
      default: perAccount,
      range: [0, 10_000],
      from: 'VPOP3: Concurrent logins for a user',
      doc:
        `Sessions of ${title} that one account may hold at once, over all processes. 0 = unlimited.` +
        (of === 'imap' ? ' A mail client opens 3 to 5; a value under 5 locks people out.' : ''),
    }),
    sharePerAccount: percent(`${of}/share-per-account`, {
      default: 50,
      from: 'no single account may take all there is',
      doc: `Percent of \`${of}/sessions\` that one account may hold at most, whatever \`${of}/sessions-per-account\` says. 0 = no such share. A total under 10 is not shared out.`,
    }),
  };
}

/** The switch of anonymous login, of listeners that only hand mail out. */
export const loginAnonymous = (of: 'pop3' | 'imap', title: string): Setting<boolean> =>
  switchSetting(`${of}/login-anonymous`, {
    default: false,
    from: 'Netscape: anonymous login',
    doc:
      `Anybody may log in to ${title} as \`anonymous\` with any password, or by SASL ANONYMOUS, and read the public mailboxes that \`anonymous\` ` +
      `has the right to. \`${of}/min-key-bits\` holds for this login too; \`${of}/sessions-per-account\` does not, the share of the total does.`,
  });

function port(name: string, local: number, aws: number, doc: string): Setting<number> {
  return whole(name, {
    default: ({ world }: Place) => (world === 'aws' ? aws : local),
    range: [1, 65_535],
    from: 'Netscape: port',
    doc,
    fixed: true,
  });
}
