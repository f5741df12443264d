import { protocols } from '../values/protocol.ts';
import type { Place } from './setting.ts';

/** Under this name the chosen profile stands among the set values; it is not a setting of its own. */
export const profileName = 'profile';

/** A number that grows with the memory of the machine. */
interface PerMegabyte {
  readonly perMegabyte: number;
}

export interface Profile {
  readonly doc: string;
  /** Settings that differ from, or are vouched for beside, the catalogue's defaults: name → value as an operator would write it. */
  readonly values: Readonly<Record<string, string | PerMegabyte>>;
}

const accounts = protocols.filter((protocol) => protocol !== 'smtp');
const noLimitPerAddress = Object.fromEntries(protocols.map((protocol) => [`${protocol}/sessions-per-address`, '0']));
const noLimitPerAccount = Object.fromEntries(accounts.map((protocol) => [`${protocol}/sessions-per-account`, '0']));

const noShares = Object.fromEntries([
  ...protocols.map((protocol) => [`${protocol}/share-per-address`, '0']),
  ...accounts.map((protocol) => [`${protocol}/share-per-account`, '0']),
]);

/** The numbers of the products whose behaviour Mailweir offers. What a product did not have keeps the value of `modern`. */
export const profiles = {
  modern: { doc: "The catalogue's own defaults.", values: {} },

  appleshare: {
    doc: 'AppleShare IP Mail Server: each megabyte of memory buys 5 POP3 and 3 SMTP connections, and nothing else is counted.',
    values: {
      ...noLimitPerAddress,
      ...noLimitPerAccount,
      ...noShares,
      'pop3/sessions-per-process': { perMegabyte: 5 },
      'smtp/sessions-per-process': { perMegabyte: 3 },
    },
  },

  mdaemon: {
    doc: 'MDaemon, Sessions: 30 outbound and 50 inbound SMTP sessions, failures of hosts remembered for 5 minutes, any number of connections to one address.',
    values: {
      'outbound/sessions': '30',
      'outbound/failure-cache': '5m',
      'outbound/sessions-per-destination-address': '0',
      'smtp/sessions': '50',
    },
  },

  vpop3: {
    doc: 'VPOP3 Enterprise, IMAP4 Advanced: 3 failed logins, 20 logins per user, 40 s for a FETCH and 30 s for a SEARCH, IDLE and kept metadata.',
    values: {
      'login/max-failures': '3',
      'imap/sessions-per-account': '20',
      'imap/fetch-wait': '40s',
      'imap/search-wait': '30s',
      'imap/idle': 'on',
      'imap/copy-keeps-metadata': 'on',
    },
  },

  ismail: {
    doc: 'ISMail, connections: 2 outgoing, 20 incoming, 5 incoming per host.',
    values: {
      'outbound/sessions': '2',
      'smtp/sessions': '20',
      'msa/sessions': '20',
      'smtp/sessions-per-address': '5',
      'msa/sessions-per-address': '5',
    },
  },

  netscape: {
    doc: 'Netscape Messaging Server 4.0, services: 4000 IMAP and 600 POP sessions and 1000 commands per process, none counted by address or account.',
    values: {
      ...noLimitPerAddress,
      ...noLimitPerAccount,
      ...noShares,
      'imap/sessions-per-process': '4000',
      'pop3/sessions-per-process': '600',
      'imap/commands-per-process': '1000',
      'pop3/commands-per-process': '1000',
    },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

export const profileNames = Object.keys(profiles) as readonly ProfileName[];

/** @returns undefined when there is no such profile */
export const parseProfile = (text: string): ProfileName | undefined => profileNames.find((name) => name === text.trim());

/** @returns the profile's own value for a setting, as an operator would write it, or undefined when it keeps the default */
export function profileValue(profile: ProfileName, setting: string, place: Place): string | undefined {
  const value = (profiles[profile].values as Profile['values'])[setting];
  if (value === undefined || typeof value === 'string') return value;
  return String(Math.floor((place.memory / 1024 ** 2) * value.perMegabyte));
}

/** @returns a profile's value for people, the same on every machine */
export const valueInWords = (value: string | PerMegabyte): string =>
  typeof value === 'string' ? value : `${value.perMegabyte} per MB of memory`;
