import { bytes, whole } from './declare.ts';

/** What an account may keep. One of its own is set by `mailweir quota set`. */
export const mailboxSettings = {
  quota: bytes('mailbox/quota', {
    default: 0,
    range: [0, 1024 ** 5],
    from: 'RFC 9208',
    doc: 'Octets that the mailboxes of one account may have in all. 0 = unlimited. Over it nothing can be appended or copied, and mail for the account is put off with 452; what was accepted before is delivered. `mailweir quota set` gives an account one of its own.',
  }),

  quotaMessages: whole('mailbox/quota-messages', {
    default: 0,
    range: [0, 1_000_000_000],
    from: 'RFC 9208',
    doc: 'Messages that the mailboxes of one account may have in all. 0 = unlimited. As `mailbox/quota` otherwise.',
  }),
} as const;
