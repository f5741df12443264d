import { parseMailboxName } from '../mailbox/mailbox-name.ts';
import type { Protocol } from '../values/protocol.ts';
import { bytes, choice, duration, limit, switchSetting, text, whole } from './declare.ts';
import {
  type ListenerSettings,
  type LoginListenerSettings,
  type LoginProtocol,
  login,
  loginAnonymous,
  shared,
} from './listener-settings.ts';

/** Limits, timers and switches of the MX listener. */
export const smtpSettings = {
  ...shared({ of: 'smtp', title: 'SMTP', localPort: 2525, awsPort: 25, idle: 300, sessions: 1000, perAddress: 20 }),

  messageSize: bytes('smtp/message-size', {
    default: 35 * 1024 ** 2,
    range: [64 * 1024, 1024 ** 3],
    from: 'RFC 1870; at least 64 KB by RFC 5321 section 4.5.3.1.7',
    doc: 'Largest message that is taken, on port 25 and at submission, in octets as sent. Told to clients as SIZE. A file grows by 37 % when it is attached.',
  }),

  recipients: whole('smtp/recipients', {
    default: 100,
    range: [1, 100_000],
    from: 'RFC 5321 section 4.5.3.1.8, which asks for at least 100',
    doc: 'Recipients that one message may have, on port 25 and at submission. Those above it are put off with 452 and the client sends them again.',
  }),

  dmarc: choice('smtp/dmarc', {
    default: 'quarantine',
    of: ['off', 'quarantine', 'reject'],
    from: 'RFC 7489 section 6.6.2',
    doc: 'The most that is done with a message from another host which the domain of its author disowns (DMARC), when that domain asks for it: nothing, delivery to the Junk mailbox, or refusal with 550 where the domain asks for refusal. A domain that asks for less gets less. Refusal also hits members of mailing lists that change messages.',
  }),

  authenticationResults: switchSetting('smtp/authentication-results', {
    default: true,
    from: 'RFC 8601',
    doc: 'Write what SPF, DKIM, ARC and DMARC say of a message from another host into an Authentication-Results field of its copies in mailboxes here. With this off and `smtp/dmarc` off nothing of the kind is looked up.',
  }),
} as const;

/** Limits, timers and switches of submission. */
export const msaSettings = {
  ...shared({ of: 'msa', title: 'submission', localPort: 2587, awsPort: 587, idle: 300, sessions: 1000, perAddress: 50 }),
  ...login({ of: 'msa', title: 'submission', localTlsPort: 2465, awsTlsPort: 465, perAccount: 20 }),
} as const;

/** Limits, timers and switches of the POP3 listener. */
export const pop3Settings = {
  ...shared({ of: 'pop3', title: 'POP3', localPort: 2110, awsPort: 110, idle: 600, sessions: 2000, perAddress: 100 }),
  ...login({ of: 'pop3', title: 'POP3', localTlsPort: 2995, awsTlsPort: 995, perAccount: 10 }),
  loginAnonymous: loginAnonymous('pop3', 'POP3'),

  anonymousMailbox: text('pop3/anonymous-mailbox', {
    default: 'archive',
    allowed: 'the name of a mailbox',
    isLegal: (value) => parseMailboxName(value) === value,
    from: 'Netscape: anonymous login, for example to a mailing-list archive',
    doc: 'The public mailbox that an anonymous client of POP3 finds in its maildrop: `archive` is `#public/archive`. Many have it open at once, and nothing can be deleted. Without it, or without the right to read it, the login is refused.',
  }),

  loginDelay: duration('pop3/login-delay', {
    default: 0,
    range: [0, 86_400],
    from: 'RFC 2449 section 6.5',
    doc: 'Time that must pass between two logins of one account to POP3, over all processes. Told to clients as LOGIN-DELAY; who comes sooner is refused with [LOGIN-DELAY] after a right password. 0 = no delay.',
  }),

  expire: whole('pop3/expire', {
    default: 0,
    range: [0, 36_500],
    from: 'RFC 2449 section 6.7',
    doc: 'Days that messages are sure to stay on the server, as clients are told by EXPIRE, for servers whose operator removes older ones. 0 = NEVER: they stay until somebody deletes them. Mailweir itself removes none.',
  }),
} as const;

/** Limits, timers and switches of the IMAP listener. */
export const imapSettings = {
  ...shared({ of: 'imap', title: 'IMAP', localPort: 2143, awsPort: 143, idle: 1800, sessions: 10_000, perAddress: 200 }),
  ...login({ of: 'imap', title: 'IMAP', localTlsPort: 2993, awsTlsPort: 993, perAccount: 20 }),
  loginAnonymous: loginAnonymous('imap', 'IMAP'),

  idle: switchSetting('imap/idle', {
    default: true,
    from: 'VPOP3: IDLE',
    doc: 'Offer IDLE (RFC 2177), by which a client hears of new mail at once. Off makes clients poll.',
  }),

  notifyMailboxes: whole('imap/notify-mailboxes', {
    default: 100,
    range: [0, 1_000],
    from: 'RFC 5465',
    doc: 'Mailboxes that one session may hear of by NOTIFY, besides the selected one: a client that asks for more is told NOTIFICATIONOVERFLOW. On AWS each costs a fifth of what a session in IDLE costs. 0 = NOTIFY is not offered.',
  }),

  compress: choice('imap/compress', {
    default: 'without-tls',
    of: ['off', 'without-tls', 'always'],
    from: 'RFC 4978',
    doc: 'Where COMPRESS=DEFLATE is offered. `always` offers it under TLS too: it saves slow lines three fifths and more of what they carry, but whoever can watch a line and send the account mail could guess at other texts in it by how long it gets.',
  }),

  fakeInaccessibleMailboxes: switchSetting('imap/fake-inaccessible-mailboxes', {
    default: false,
    from: 'VPOP3: Fake access to inaccessible mailboxes',
    doc: 'Levels that lead to mailboxes others share, `#users` and `#users/karen@example.org`, can be selected too: empty and read-only. For clients that show a tree of what they can select alone.',
  }),

  copyKeepsMetadata: switchSetting('imap/copy-keeps-metadata', {
    default: true,
    from: 'VPOP3: Keep internal date and flags when messages are copied',
    doc: 'COPY keeps the flags and the internal date of a message, as RFC 9051 section 6.4.7 asks. Off gives copies the date of the copying and no flags.',
  }),

  messageLimit: limit('imap/message-limit', {
    default: 0,
    range: [0, 100_000_000],
    from: 'RFC 9738',
    doc: 'Messages that one command of a client may work on; those with the highest UIDs come first, and the client is told where to go on. Told to clients as MESSAGELIMIT; few know it, and to the others the rest seems not to be there. Under 1000 is not meant for real clients. 0 = unlimited.',
  }),

  whenFull: choice('imap/sessions-per-account/when-full', {
    default: 'refuse',
    of: ['refuse', 'drop-oldest-idle'],
    from: 'a phone that left its sessions behind must not lock out its owner',
    doc: 'What happens at a login above `imap/sessions-per-account`: it is refused, or the session of the account that rests longest is ended for it (one in IDLE first, none in the midst of a command).',
  }),

  fetchesPerAccount: limit('imap/fetches-per-account', {
    default: 8,
    range: [0, 10_000],
    from: 'VPOP3: Concurrent FETCHes per user',
    doc: 'FETCH commands of one account that run at once, over all processes. 0 = unlimited. Above it a FETCH waits for `imap/fetch-wait`.',
  }),

  fetches: limit('imap/fetches', {
    default: 1000,
    range: [0, 100_000],
    from: 'VPOP3: Concurrent FETCHes of the server',
    doc: 'FETCH commands that run at once, over all accounts and processes. 0 = unlimited. Above it a FETCH waits for `imap/fetch-wait`.',
  }),

  fetchWait: duration('imap/fetch-wait', {
    default: 40,
    range: [0, 600],
    from: 'VPOP3: Concurrent FETCHes',
    doc: 'How long a FETCH may stand in line for a free slot before it is refused.',
  }),

  searchesPerAccount: limit('imap/searches-per-account', {
    default: 2,
    range: [0, 10_000],
    from: 'VPOP3: Concurrent SEARCHes per user',
    doc: 'SEARCH commands of one account that run at once, over all processes. 0 = unlimited. Above it a SEARCH waits for `imap/search-wait`. One that joins an identical search takes no slot.',
  }),

  searchWait: duration('imap/search-wait', {
    default: 30,
    range: [0, 600],
    from: 'VPOP3: Concurrent SEARCHes',
    doc: 'How long a SEARCH may stand in line for a free slot before it is refused.',
  }),

  mergeIdentical: switchSetting('imap/merge-identical', {
    default: true,
    from: 'VPOP3: clients that send a slow SEARCH again',
    doc: 'Identical searches of one account share one run, and one that was given up is gone on with for 90 seconds, for the client that comes back with it.',
  }),

  textIndex: switchSetting('imap/text-index', {
    default: true,
    from: 'a search for a word must not read every message',
    doc: 'Keep an index of the texts of messages, so that SEARCH reads only those that may match. It is filled in the background; what is not in it yet is read. Off, every search for a text reads all messages that nothing else rules out.',
  }),
} as const;

/** By protocol, for code that serves all of them alike. */
export const listenerSettings: Readonly<Record<Protocol, ListenerSettings>> = {
  smtp: smtpSettings,
  msa: msaSettings,
  pop3: pop3Settings,
  imap: imapSettings,
};

/** By protocol, for code that logs accounts in alike. Port 25 never offers AUTH, so it is not here. */
export const loginListenerSettings: Readonly<Record<LoginProtocol, LoginListenerSettings>> = {
  msa: msaSettings,
  pop3: pop3Settings,
  imap: imapSettings,
};
