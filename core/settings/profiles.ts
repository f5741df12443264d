import { protocols } from '../values/protocol.ts';

/** Under this name the chosen profile stands among the set values; it is not a setting of its own. */
export const profileName = 'profile';

export interface Profile {
  readonly doc: string;
  /** Settings that differ from, or are vouched for beside, the catalogue's defaults: name → value as an operator would write it. */
  readonly values: Readonly<Record<string, string>>;
}

const accounts = protocols.filter((protocol) => protocol !== 'smtp');
const noLimitPerAddress = Object.fromEntries(protocols.map((protocol) => [`${protocol}/sessions-per-address`, '0']));
const noLimitPerAccount = Object.fromEntries(accounts.map((protocol) => [`${protocol}/sessions-per-account`, '0']));

/** The numbers of the products whose behaviour Mailweir offers. What a product did not have keeps the value of `modern`. */
export const profiles = {
  modern: { doc: "The catalogue's own defaults.", values: {} },

  appleshare: {
    doc: 'AppleShare IP Mail Server: counts connections in total and nothing else.',
    values: { ...noLimitPerAddress, ...noLimitPerAccount },
  },

  mdaemon: {
    doc: 'MDaemon, Sessions: 30 outbound and 50 inbound SMTP sessions.',
    values: { 'outbound/sessions': '30', 'smtp/sessions': '50' },
  },

  vpop3: {
    doc: 'VPOP3 Enterprise, IMAP4 Advanced: 3 failed logins, 20 logins per user, IDLE and kept metadata.',
    values: { 'login/max-failures': '3', 'imap/sessions-per-account': '20', 'imap/idle': 'on', 'imap/copy-keeps-metadata': 'on' },
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
    doc: 'Netscape Messaging Server 4.0, services: 4000 IMAP and 600 POP sessions, none counted by address or account.',
    values: { ...noLimitPerAddress, ...noLimitPerAccount, 'imap/sessions': '4000', 'pop3/sessions': '600' },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

export const profileNames = Object.keys(profiles) as readonly ProfileName[];

/** @returns undefined when there is no such profile */
export const parseProfile = (text: string): ProfileName | undefined => profileNames.find((name) => name === text.trim());

/** @returns the profile's own value for a setting, or undefined when it keeps the default */
export const profileValue = (profile: ProfileName, setting: string): string | undefined =>
  (profiles[profile].values as Readonly<Record<string, string>>)[setting];
